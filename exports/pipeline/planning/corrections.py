"""What people corrected by hand, laid over the columns that a source still has as they were.

The file has one row a value: source, generation, key, target (the column in a plan), was (as it
is written in the source, '' when it is empty) and value ('': to be empty).
"""

from collections.abc import Collection

import duckdb

from exports.mapping import EMAIL
from exports.pipeline.planning.values import without_blanks
from segments.columns import RESERVED
from segments.parquet import literal, quote

# No column of a source begins like these.
_KEY = f"{RESERVED}fixed_key"
_WAS, _VALUE = f"{RESERVED}was_", f"{RESERVED}fixed_"


class Corrections:
    """The corrections of an export, one row a member in the table `fixes`.

    Addresses that were corrected in none of `places`, the (source, generation) of the segments,
    are in the table `lost_corrections` (email): nobody knows any more whose they are. A source
    without a key that was read anew is another place.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        path: str | None,
        places: Collection[tuple[int, int]],
    ) -> None:
        self._targets: list[str] = []
        db.execute("CREATE TABLE lost_corrections (email VARCHAR)")
        if path is None:
            return
        stored = f"read_parquet({literal(path)})"
        found = db.execute(f"SELECT DISTINCT target FROM {stored} ORDER BY target").fetchall()
        self._targets = [target for (target,) in found]
        columns = "".join(
            f", any_value({column}) FILTER (target = {literal(target)}) AS {quote(name + target)}"
            for target in self._targets
            for column, name in (("was", _WAS), ("value", _VALUE))
        )
        db.execute(
            f"CREATE TABLE fixes AS SELECT source, generation, key AS {_KEY}{columns}"
            f" FROM {stored} GROUP BY source, generation, key"
        )
        known = ", ".join(f"({source}, {generation})" for source, generation in places)
        db.execute(
            f"INSERT INTO lost_corrections SELECT DISTINCT lower({without_blanks('value')})"
            f" FROM {stored} WHERE target = {literal(EMAIL)} "
            f" AND (source, generation) NOT IN ({known})"
        )

    def join(self, *, source: int, generation: int, key: str) -> str:
        """Return the join that brings them to the profiles of a segment; `key` is SQL."""
        if not self._targets:
            return ""
        fixes = f"SELECT * FROM fixes WHERE source = {source} AND generation = {generation}"
        return f" LEFT JOIN ({fixes}) AS fixes ON fixes.{_KEY} = {key}"

    def apply(self, column: str, target: str) -> str:
        """Return the SQL of a column with its corrections, where nobody changed it since."""
        if target not in self._targets:
            return column
        was, value = quote(_WAS + target), quote(_VALUE + target)
        return f"CASE WHEN {was} = coalesce({column}, '') THEN {value} ELSE {column} END"
