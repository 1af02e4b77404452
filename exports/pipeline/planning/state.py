"""The delivered state: who is on the list as far as we were told, and what they were last sent.

A file with one row an address: email, hash (of the mapped values; NULL: sent in vain, or nobody
knows), targets (hash of the mapped fields), standing and person (hash of the source, its key column
and the key; NULL: of a source without one), by which somebody is known whose address is wrong now.
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
    WAITING = "waiting"  # left, and is unsubscribed once no other export sends them to the list
    LEFT = "left"  # left, and nothing was done about it
    MARKED = "marked"
    UNSUBSCRIBED = "unsubscribed"


# Those for whom something is still to be done when they are in no segment.
LEAVE_FROM = (Standing.MEMBER, Standing.LEAVING, Standing.WAITING)
# Those who are sent when they come back, whatever is known of their values.
SENT_ON_RETURN = (Standing.LEAVING, Standing.MARKED, Standing.UNSUBSCRIBED)

_COLUMNS = "email VARCHAR, hash UBIGINT, targets UBIGINT, standing VARCHAR, person UBIGINT"


def create_delivered(db: duckdb.DuckDBPyConnection, path: str | None) -> None:
    """Create the relation `delivered` from a state's file; an empty one when there is none."""
    db.execute(f"CREATE VIEW delivered AS {state_sql(path)}")


def state_sql(path: str | None) -> str:
    """Return the query of a state's rows, with all columns whenever it was written.

    States of before there were leavers have neither targets nor standing.
    """
    columns = ", ".join(
        f"CAST(NULL AS {kind}) AS {name}" for name, kind in map(str.split, _COLUMNS.split(", "))
    )
    stored = f" UNION ALL BY NAME FROM read_parquet({literal(path)})" if path else ""
    return (
        f"SELECT * REPLACE (coalesce(standing, '{Standing.MEMBER}') AS standing)"
        f" FROM (SELECT {columns} WHERE false{stored})"
    )


def listed(words: Iterable[str]) -> str:
    """Return words as the list of an SQL IN."""
    return "(" + ", ".join(map(literal, words)) + ")"
