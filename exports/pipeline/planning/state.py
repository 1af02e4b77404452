"""The delivered state: who is on the list as far as we were told, and what they were last sent.

A file with one row an address: email, hash (of the mapped values; NULL: sent in vain, or nobody
knows), targets (hash of the mapped fields) and standing.
"""

from collections.abc import Iterable
from enum import StrEnum

import duckdb

from segments.parquet import literal


class Standing(StrEnum):
    """How somebody stands to the export."""

    MEMBER = "member"
    REFUSED = "refused"  # a member whom ActiveCampaign never took: nothing is to be undone
    LEAVING = "leaving"  # was sent as one who left, and whether that arrived is unknown
    LEFT = "left"  # left, and nothing was done about it
    MARKED = "marked"
    UNSUBSCRIBED = "unsubscribed"


# Those of whom nobody knows yet that they left.
LEAVE_FROM = (Standing.MEMBER, Standing.LEAVING)
# Those who are sent when they come back, whatever is known of their values.
SENT_ON_RETURN = (Standing.LEAVING, Standing.MARKED, Standing.UNSUBSCRIBED)

_COLUMNS = "email VARCHAR, hash UBIGINT, targets UBIGINT, standing VARCHAR"


def create_delivered(db: duckdb.DuckDBPyConnection, path: str | None) -> None:
    """Create the relation `delivered` from a state's file; an empty one when there is none.

    States of before there were leavers have neither targets nor standing.
    """
    db.execute(f"CREATE TABLE no_state ({_COLUMNS})")
    stored = f" UNION ALL BY NAME FROM read_parquet({literal(path)})" if path else ""
    db.execute(
        f"CREATE VIEW delivered AS SELECT email, hash, targets,"
        f" coalesce(standing, '{Standing.MEMBER}') AS standing FROM (FROM no_state{stored})"
    )


def listed(words: Iterable[str]) -> str:
    """Return words as the list of an SQL IN."""
    return "(" + ", ".join(map(literal, words)) + ")"
