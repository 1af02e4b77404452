"""What people corrected by hand, laid over the columns that a source still has as they were.

The file has one row a value: source, generation, key_column and key, target (the column in a
plan), was (as it is written in the source, '' when it is empty) and value ('': to be empty). The
key is that of the column that was the source's key then, or the number of the row in the table of
that generation: so it names the same profile whatever the source's key is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb

from exports.mapping import EMAIL
from exports.pipeline.planning.values import without_blanks
from segments.columns import RESERVED, ROW
from segments.parquet import literal, quote

# The number of a row as it is kept as a key.
ROW_KEY = f"CAST({ROW} AS VARCHAR)"
# No column of a source begins like these.
_KEY = f"{RESERVED}fixed_key"
_WAS, _VALUE = f"{RESERVED}was_", f"{RESERVED}fixed_"


class Profiles(Protocol):
    """The profiles of a segment: their source and table, and by which columns they are known."""

    @property
    def source_id(self) -> int: ...
    @property
    def table_id(self) -> int: ...
    @property
    def key_column(self) -> str: ...
    @property
    def columns(self) -> set[str]: ...


@dataclass(frozen=True)
class _Way:
    """By what corrections name their profiles; `key_column` is None when that was not noted."""

    source: int
    generation: int
    key_column: str | None

    def key_of(self, profiles: Profiles) -> str | None:
        """Return as SQL by what profiles are found; None when they can't be found this way."""
        if self.source != profiles.source_id:
            return None
        if self.generation:
            return ROW_KEY if self.generation == profiles.table_id else None
        column = profiles.key_column if self.key_column is None else self.key_column
        return f"profiles.{quote(column)}" if column in profiles.columns else None

    @property
    def condition(self) -> str:
        column = "NULL" if self.key_column is None else literal(self.key_column)
        return (
            f"source = {self.source} AND generation = {self.generation}"
            f" AND key_column IS NOT DISTINCT FROM {column}"
        )


@dataclass(frozen=True)
class Fixing:
    """What brings its corrections to one segment: a join, and the columns that it changes."""

    join: str
    fixes: Sequence[str]
    targets: Sequence[str]

    def apply(self, column: str, target: str) -> str:
        """Return the SQL of a column with its corrections, where nobody changed it since."""
        if target not in self.targets or not self.fixes:
            return column
        was, value = quote(_WAS + target), quote(_VALUE + target)
        cases = " ".join(
            f"WHEN {fix}.{was} = coalesce({column}, '') THEN {fix}.{value}" for fix in self.fixes
        )
        return f"CASE {cases} ELSE {column} END"


class Corrections:
    """The corrections of an export, one row a member in the table `fixes`."""

    def __init__(self, db: duckdb.DuckDBPyConnection, path: str | None) -> None:
        self._db, self._path, self._lost = db, path, set[_Way]()
        self._targets, self._ways = list[str](), list[_Way]()
        if path is None:
            return
        stored = corrections_sql(path)
        found = db.execute(f"SELECT DISTINCT target FROM ({stored}) ORDER BY target").fetchall()
        self._targets = [target for (target,) in found]
        ways = db.execute(
            f"SELECT DISTINCT source, generation, key_column FROM ({stored}) ORDER BY ALL"
        )
        self._ways = [_Way(*way) for way in ways.fetchall()]
        self._lost = set(self._ways)
        columns = "".join(
            f", any_value({column}) FILTER (target = {literal(target)}) AS {quote(name + target)}"
            for target in self._targets
            for column, name in (("was", _WAS), ("value", _VALUE))
        )
        db.execute(
            f"CREATE TABLE fixes AS SELECT source, generation, key_column, key AS {_KEY}{columns}"
            f" FROM ({stored}) GROUP BY source, generation, key_column, key"
        )

    def of(self, profiles: Profiles) -> Fixing:
        """Return what brings them to the profiles of a segment, those by its key first."""
        keys = {way: key for way in self._ways if (key := way.key_of(profiles))}
        self._lost -= keys.keys()
        ways = sorted(keys, key=lambda way: way.key_column != profiles.key_column)
        joins = "".join(
            f" LEFT JOIN (SELECT * EXCLUDE (source, generation, key_column) FROM fixes"
            f" WHERE {way.condition}) AS fix{n} ON fix{n}.{_KEY} = {keys[way]}"
            for n, way in enumerate(ways)
        )
        return Fixing(joins, [f"fix{n}" for n in range(len(ways))], self._targets)

    def note_lost(self) -> None:
        """Create the table `lost_corrections` (email) of the corrected addresses that fit none of
        the segments asked for: nobody knows any more whose they are.

        Such are those of a source without a key that was read anew, or without its former key.
        """
        self._db.execute("CREATE TABLE lost_corrections (email VARCHAR)")
        for way in self._lost:
            self._db.execute(
                f"INSERT INTO lost_corrections SELECT DISTINCT lower({without_blanks('value')})"
                f" FROM ({corrections_sql(self._path or '')})"
                f" WHERE target = {literal(EMAIL)} AND {way.condition}"
            )


def corrections_sql(path: str) -> str:
    """Return the query of the rows of a file, whether or not it names key columns."""
    return (
        "SELECT CAST(NULL AS VARCHAR) AS key_column WHERE false"
        f" UNION ALL BY NAME FROM read_parquet({literal(path)})"
    )
