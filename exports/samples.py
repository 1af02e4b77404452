"""A few values of the columns of sources, to show what a choice of column would send."""

from collections.abc import Iterable
from itertools import islice

import duckdb

from segments.models import Source
from segments.parquet import connect, quote, reading, rows

SAMPLES = 3
# Enough rows to find filled ones, few enough to be instant however large the table is.
LOOKED_AT = 1000
LONGEST = 40


def sample_values(sources: Iterable[Source], columns: Iterable[str]) -> dict[str, list[str]]:
    """Return up to three different values for each column, from the first source that has it."""
    missing, found = set(columns), dict[str, list[str]]()
    for source in sources:
        if here := sorted(missing & source.column_types.keys()):
            found |= _samples_of(source, here)
            missing -= set(here)
    return found


def _samples_of(source: Source, columns: list[str]) -> dict[str, list[str]]:
    if source.table is None:
        return {}
    # The parts in {} are quoted names, or numbers of ours.
    chosen = ", ".join(
        f"list({quote(column)}) FILTER ({quote(column)} <> '') AS {quote(column)}"
        for column in columns
    )
    try:
        with reading(source.table.file) as path, connect() as database:
            sql = f"SELECT {chosen} FROM (FROM read_parquet(?) LIMIT {LOOKED_AT})"  # noqa: S608
            [found] = rows(database, sql, [path])
    except (FileNotFoundError, duckdb.Error):
        return {}  # samples are a courtesy: the form works without them
    return {column: _different(found[column] or ()) for column in columns}


def _different(values: Iterable[str]) -> list[str]:
    return [_short(value) for value in islice(dict.fromkeys(values), SAMPLES)]


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
