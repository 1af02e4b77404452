"""How a profile table is written, whatever it is read from."""

from collections.abc import Collection, Sequence

from segments.columns import ROW, Column
from segments.parquet import literal, quote, written_as
from segments.rules.typed import companions


def copy_sql(
    rows: str,
    names: Sequence[str],
    columns: Sequence[Column],
    target: str,
    given: Collection[str] = (),
) -> str:
    """Return the statement that writes the result of the query `rows` to a Parquet file.

    The result has `__row`, texts called `names`, and those companions that are `given`. Rows
    without any value are left out; companions are written for `columns`.
    """
    quoted = ", ".join(quote(name) for name in names)
    typed = "".join(
        f", {quote(name) if name in given else sql} AS {quote(name)}"
        for name, sql in companions(columns)
    )
    return f"""
        COPY (
            SELECT {ROW}, {quoted}{typed} FROM ({rows}) WHERE coalesce({quoted}) IS NOT NULL
        ) TO {literal(target)} {written_as(len(names))}
    """


def exact_path(path: str) -> str:
    """Return a path as an SQL string in which DuckDB sees no pattern of file names."""
    return literal("".join(f"[{sign}]" if sign in "*?[" else sign for sign in path))
