"""Who is not sent for their own sake, whatever segments hold them."""

from collections.abc import Sequence

import duckdb

from exports.pipeline.planning.values import without_blanks
from segments.rules.comparisons import is_yes

UNSUBSCRIBED = "unsubscribed"
BOUNCED = "bounced"
SUPPRESSED = "suppressed"
NO_CONSENT = "no_consent"
# Unsubscribed by Facteur itself, when they left.
LEFT_BEFORE = "left_before"
# Of those who left only: they may be there, under the address that was corrected.
CORRECTED = "corrected"
# Of those who left only: another export sends them to the same list.
OTHER_EXPORT = "other_export"
REASONS = (UNSUBSCRIBED, BOUNCED, SUPPRESSED, NO_CONSENT, LEFT_BEFORE)


def create_held(
    db: duckdb.DuckDBPyConnection, *, unreachable: Sequence[str], suppressed: Sequence[str]
) -> None:
    """Create the table `held` (email, hold) from the paths of the files that say so.

    Who is on several has the reason that is ActiveCampaign's own.
    """
    db.execute("CREATE TABLE listed (email VARCHAR, hold VARCHAR)")
    if unreachable:
        db.execute(
            "INSERT INTO listed SELECT email, standing FROM read_parquet(?::VARCHAR[])",
            [list(unreachable)],
        )
    if suppressed:
        db.execute(
            f"INSERT INTO listed SELECT email, '{SUPPRESSED}' FROM read_parquet(?::VARCHAR[])",
            [list(suppressed)],
        )
    order = f"['{UNSUBSCRIBED}', '{BOUNCED}', '{SUPPRESSED}']"
    db.execute(
        f"CREATE TABLE held AS SELECT email, {order}[min(list_position({order}, hold))] AS hold"
        " FROM listed WHERE email IS NOT NULL GROUP BY email"
    )
    db.execute("DROP TABLE listed")


def agrees(text: str) -> str:
    """Return as SQL whether a consent as it is written is one: a blank is none."""
    return is_yes(f"coalesce({without_blanks(text)}, '')")
