"""Who is another export's on the same list: nobody unsubscribes them because they left this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from exports.pipeline.planning import held
from exports.pipeline.planning.state import LEAVE_FROM, Standing, listed, state_sql
from exports.pipeline.planning.values import without_blanks
from segments.parquet import names, quote
from segments.snapshots import members_sql


@dataclass(frozen=True)
class OtherExport:
    """Whom another export delivered, and whom it would deliver now, as names of files.

    `state` is its delivered state, "" without one; `segments` are pairs of profile table and row
    numbers. Its consent column is "" when it asks for none.
    """

    state: str
    segments: tuple[tuple[str, str], ...]
    email_column: str
    consent_column: str

    def opened(self, paths: Callable[[Iterable[str]], list[str]]) -> OtherExport:
        """Return the same with the paths of its files; `paths` opens those of some names."""
        tables = paths(table for table, _rows in self.segments)
        rows = paths(rows for _table, rows in self.segments)
        [state] = paths([self.state]) if self.state else [""]
        return replace(self, state=state, segments=tuple(zip(tables, rows, strict=True)))


def create_claimed(db: duckdb.DuckDBPyConnection, others: Sequence[OtherExport]) -> None:
    """Create the table `claimed` (who: a hash of the address) of those who left and are another's.

    Whoever is in `delivered` and not in `checked` has left: hashes tell, which are small.
    Members of its segments count before it has delivered them: who moves from one export to
    another by the same refresh must not be unsubscribed in between, for good.
    """
    db.execute("CREATE TABLE claimed (who UBIGINT)")
    queries = [query for other in others for query in _claims_of(db, other)]
    if queries:
        db.execute(f"CREATE TABLE gone AS {_GONE}")
        db.execute(
            "INSERT INTO claimed SELECT DISTINCT who FROM"
            f" (SELECT hash(email) AS who FROM ({' UNION ALL '.join(queries)}))"
            " SEMI JOIN gone USING (who)"
        )


def _claims_of(db: duckdb.DuckDBPyConnection, other: OtherExport) -> list[str]:
    queries = []
    if other.state:
        delivered = state_sql(other.state)
        queries.append(f"SELECT email FROM ({delivered}) WHERE standing = '{Standing.MEMBER}'")
    needed = {other.email_column, *filter(None, [other.consent_column])}
    email = f"lower({without_blanks(quote(other.email_column))})"
    agrees = held.agrees(quote(other.consent_column)) if other.consent_column else "true"
    for table, rows in other.segments:
        # Without its columns it delivers nobody.
        if needed <= set(names(db, table)):
            queries.append(
                f"SELECT {email} AS email FROM {members_sql(table, rows)} WHERE {agrees}"
            )
    return queries


_GONE = f"""
SELECT who FROM (SELECT hash(email) AS who FROM delivered WHERE standing IN {listed(LEAVE_FROM)})
ANTI JOIN (SELECT hash(email) AS who FROM checked WHERE email IS NOT NULL) USING (who)
"""
