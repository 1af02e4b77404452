"""A few values of the columns of segments, to show what a choice of column would send."""

from collections.abc import Iterable
from itertools import islice

import duckdb

from segments.models import Segment
from segments.parquet import connect, quote, rows
from segments.snapshots import reading_members

SAMPLES = 3
# Enough rows to find filled ones, few enough to be instant however many members there are.
LOOKED_AT = 1000
LONGEST = 40


def sample_values(segments: Iterable[Segment], columns: Iterable[str]) -> dict[str, list[str]]:
    """Return up to three different values for each column, of the first segment that has any.

    They are those of members: nobody else's are shown.
    """
    missing, found = set(columns), dict[str, list[str]]()
    for segment in segments:
        if here := sorted(missing & segment.source.column_types.keys()):
            found |= {name: values for name, values in _samples_of(segment, here).items() if values}
            missing -= found.keys()
    return found


def shortened(value: str) -> str:
    """Return a value that is long as a beginning of it."""
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _samples_of(segment: Segment, columns: list[str]) -> dict[str, list[str]]:
    if segment.snapshot is None:
        return {}
    # The parts in {} are quoted names, or numbers of ours.
    chosen = ", ".join(
        f"list({quote(column)}) FILTER ({quote(column)} <> '') AS {quote(column)}"
        for column in columns
    )
    try:
        with reading_members(segment.snapshot) as members, connect() as database:
            sql = f"SELECT {chosen} FROM (FROM {members} LIMIT {LOOKED_AT})"  # noqa: S608
            [found] = rows(database, sql)
    except (FileNotFoundError, duckdb.Error):
        return {}  # samples are a courtesy: the form works without them
    return {column: _different(found[column] or ()) for column in columns}


def _different(values: Iterable[str]) -> list[str]:
    return [shortened(value) for value in islice(dict.fromkeys(values), SAMPLES)]
