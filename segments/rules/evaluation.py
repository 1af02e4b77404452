"""Evaluates rules on a profile table: which rows satisfy each of them."""

from collections.abc import Sequence

import duckdb

from segments import parquet
from segments.columns import ROW
from segments.rules.sql import Compiled


def write_members(path: str, rules: Sequence[Compiled], targets: Sequence[str]) -> list[int]:
    """Write the row numbers of the members of each rule to the Parquet file at its target.

    `path` is the profile table's. Return how many members each rule has; raises duckdb.Error.
    """
    with parquet.connect() as connection:
        return [
            _write(connection, path, rule, target)
            for rule, target in zip(rules, targets, strict=True)
        ]


def _write(connection: duckdb.DuckDBPyConnection, path: str, rule: Compiled, target: str) -> int:
    copied = connection.execute(
        f"""COPY (SELECT {ROW} FROM read_parquet(?) WHERE {rule.sql})
        TO {parquet.literal(target)} (FORMAT parquet, COMPRESSION zstd)""",
        [path, *rule.values],
    ).fetchone()
    return int(copied[0]) if copied else 0
