"""Evaluates rules on a profile table: which rows satisfy each of them.

One rule is one query. Many rules are one pass over the table: what several of them look at, such
as an address in small letters, is computed once for each profile, and a number of 64 bits per
profile keeps the answers, from which the members of each rule are then written. That is far
less to hold than the columns would be: 16 bytes for a profile, 80 MB for five millions.

Each rule stands in a WHEN of its own: there DuckDB looks at a further condition only for the rows
that the ones before leave, and learns which to ask first. As a plain expression every condition
would be computed for every row, and fifty rules would take as long as fifty passes.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import duckdb

from segments import parquet
from segments.columns import RESERVED, ROW
from segments.rules.sql import Compiled, File, Operand, Sql, shared_operands, where

# As many answers as a number has bits.
_AT_ONCE = 64
_ROWS_ONLY = "(FORMAT parquet, COMPRESSION zstd)"


def write_members(path: str, rules: Sequence[Compiled], targets: Sequence[str]) -> list[int]:
    """Write the row numbers of the members of each rule to the Parquet file at its target.

    `path` is the profile table's. Return how many members each rule has; raises duckdb.Error,
    and FileNotFoundError when the members of a segment that a rule names are gone.
    """
    counts: list[int] = []
    for start in range(0, len(rules), _AT_ONCE):
        batch = slice(start, start + _AT_ONCE)
        write = _write_one if len(rules[batch]) == 1 else _write_many
        with parquet.connect() as connection:
            counts += write(connection, path, rules[batch], targets[batch])
    return counts


def count_and_pick(path: str, rule: Compiled, *, sample: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many profiles of the table at `path` satisfy a rule, and the first of them.

    Raises duckdb.Error and FileNotFoundError like write_members.
    """
    condition = where(rule)
    with parquet.connect() as connection, _opened(condition) as values:
        counted = connection.execute(
            f"""SELECT count(*), min({ROW}, {sample:d}) FROM read_parquet(?)
            WHERE {condition.text}""",
            [path, *values],
        ).fetchone()
        members, first = counted or (0, None)
        picked = parquet.rows(
            connection,
            f"""SELECT {parquet.PROFILE} FROM read_parquet(?)
            WHERE {ROW} IN (SELECT unnest(?::BIGINT[])) ORDER BY {ROW}""",
            [path, first or []],
        )
    return members, picked


def _write_one(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    rules: Sequence[Compiled],
    targets: Sequence[str],
) -> list[int]:
    condition = where(rules[0])
    select = f"SELECT {ROW} FROM read_parquet(?) WHERE {condition.text}"
    with _opened(condition) as values:
        return [_copy(connection, select, [path, *values], targets[0])]


def _write_many(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    rules: Sequence[Compiled],
    targets: Sequence[str],
) -> list[int]:
    shared = shared_operands(rules)
    names = {operand: parquet.quote(f"{RESERVED}operand:{at}") for at, operand in enumerate(shared)}
    answers = [where(rule, names) for rule in rules]
    bits = " | ".join(
        f"CASE WHEN {answer.text} THEN {1 << at}::UBIGINT ELSE 0 END"
        for at, answer in enumerate(answers)
    )
    inner = _with_operands(names)
    with _opened(*answers, inner) as values:
        connection.execute(
            f"CREATE TEMP TABLE answers AS SELECT {ROW}, {bits} AS bits FROM ({inner.text})",
            [*values, path],
        )
    return [
        _copy(
            connection,
            f"SELECT {ROW} FROM answers WHERE bits & {1 << at}::UBIGINT <> 0",
            [],
            target,
        )
        for at, target in enumerate(targets)
    ]


def _with_operands(names: dict[Operand, str]) -> Sql:
    """Return a profile table with the shared operands as further columns; its path comes last."""
    columns = "".join(f", {operand.sql} AS {name}" for operand, name in names.items())
    files = [File(name) for operand in names for name in operand.files]
    return Sql(f"SELECT *{columns} FROM read_parquet(?)", [*files])


@contextmanager
def _opened(*parts: Sql) -> Iterator[list[Any]]:
    """Give the parameters of queries, with the paths of stored files; raises FileNotFoundError."""
    values = [value for part in parts for value in part.values]
    paths: dict[str, str] = {}
    with ExitStack() as stack:
        for value in values:
            if isinstance(value, File) and value.name not in paths:
                paths[value.name] = stack.enter_context(parquet.reading(value.name))
        yield [paths[value.name] if isinstance(value, File) else value for value in values]


def _copy(
    connection: duckdb.DuckDBPyConnection, select: str, values: list[Any], target: str
) -> int:
    copied = connection.execute(
        f"COPY ({select}) TO {parquet.literal(target)} {_ROWS_ONLY}", values
    ).fetchone()
    return int(copied[0]) if copied else 0
