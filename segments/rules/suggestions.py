"""Which values does a column hold most often? Suggested while a rule is built."""

from collections.abc import Iterable
from dataclasses import dataclass

from segments import parquet
from segments.columns import ColumnType
from segments.models import Source

# What has few different values, if any column has.
SUGGESTED = (ColumnType.TEXT, ColumnType.COUNTRY)
_LIMIT = 12


@dataclass(frozen=True)
class Suggestion:
    """A value, and how many profiles have it."""

    value: str
    profiles: int


def frequent_values(source: Source, columns: Iterable[str]) -> dict[str, list[Suggestion]]:
    """Return the most frequent values of texts and countries among these; none without a file.

    Values that only one profile has are no suggestions: they would be names and addresses.
    """
    wanted = {name for name in columns if source.column_types.get(name) in SUGGESTED}
    if source.table is None or not wanted:
        return {}
    try:
        with parquet.reading(source.table.file) as path, parquet.connect() as connection:
            return {
                name: [
                    Suggestion(value, count)
                    for value, count in connection.execute(_sql(name), [path, _LIMIT]).fetchall()
                ]
                for name in wanted
            }
    except FileNotFoundError:
        return {}  # the page says so where it matters


def _sql(name: str) -> str:
    column = parquet.quote(name)
    return f"""
        SELECT trim({column}) AS found, count(*) FROM read_parquet(?)
        WHERE length(trim({column})) BETWEEN 1 AND 100
        GROUP BY found HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT ?
    """
