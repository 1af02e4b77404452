"""Which values does a column hold? Suggested while a rule is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from segments import parquet
from segments.columns import Column, ColumnType
from segments.models import Source
from segments.rules.comparisons import Facts
from segments.rules.compiling import companions_of
from segments.rules.decimals import as_written

_LIMIT = 12
# Whose values people share; names, addresses and numbers of telephones are no suggestions.
_SUGGESTED = (ColumnType.TEXT, ColumnType.COUNTRY)


@dataclass(frozen=True)
class Suggestion:
    """A value, and how many profiles have it."""

    value: str
    profiles: int


class Hints:
    """What the data of a source say about the values of its columns; nothing without a file.

    What was asked once is kept: a profile table never changes.
    """

    def __init__(self, source: Source | None) -> None:
        self.columns: Sequence[Column] = source.columns if source else []
        self.table = source.table if source else None

    def values(self, column: Column, *, domains: bool = False) -> Sequence[Suggestion]:
        """Return the most frequent values of a column, or of the domains of its addresses.

        Values that only one profile has are no suggestions: they would be names and addresses.
        """
        if self.table is None or not (domains or column["type"] in _SUGGESTED):
            return ()
        name = parquet.quote(column["name"])
        found = f"split_part(lower(trim({name})), '@', -1)" if domains else f"trim({name})"
        condition = f"contains({name}, '@')" if domains else "true"
        return [
            Suggestion(value, count)
            for value, count in _rows(
                self.table.file,
                f"""SELECT {found} AS found, count(*) FROM read_parquet(?) WHERE {condition}
                GROUP BY found HAVING count(*) > 1 AND length(found) BETWEEN 1 AND 100
                ORDER BY 2 DESC, 1 LIMIT {_LIMIT}""",
            )
        ]

    def span(self, column: Column) -> str:
        """Return in words from where to where the numbers or dates of a column go."""
        if self.table is None or column["type"] not in (ColumnType.NUMBER, ColumnType.DATE):
            return ""
        facts = Facts(timezone.localdate, companions_of(self.table))
        is_date = column["type"] == ColumnType.DATE
        typed = (facts.date(column) if is_date else facts.number(column)).sql
        rows = _rows(self.table.file, f"SELECT min({typed}), max({typed}) FROM read_parquet(?)")
        if not rows or rows[0][0] is None:
            return ""
        low, high = map(_shown, rows[0])
        return _("In the data: from %(low)s to %(high)s.") % {"low": low, "high": high}


def _shown(value: Any) -> str:
    if isinstance(value, date):
        return date_format(value)
    return as_written(f"{value:.15g}")


def _rows(file: str, sql: str) -> list[tuple[Any, ...]]:
    try:
        return _asked(file, sql)
    except FileNotFoundError:
        return []  # the page says so where it matters


@lru_cache(maxsize=500)
def _asked(file: str, sql: str) -> list[tuple[Any, ...]]:
    with parquet.reading(file) as path, parquet.connect() as connection:
        return connection.execute(sql, [path]).fetchall()
