"""Texts of a profile table as numbers and dates, in SQL.

A table that is written may carry such values beside the texts, in companions: `__number:Total`
for the column `Total`, `__date:Born` for `Born`. They hold for the type and format that the column
had then.
"""

from collections.abc import Callable, Iterable

from segments.columns import RESERVED, Column, ColumnType
from segments.parquet import quote

# Blanks that people can't see: space, tab, line breaks, no-break space.
BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"


def number_sql(text: str, form: str) -> str:
    """Return the SQL expression `text` as a DOUBLE; NULL where it is no number.

    `form` is the column's format: "comma", or "" for a decimal point.
    """
    text = f"trim({text}, {BLANKS})"
    if form == "comma":
        # 1.234,50 and 1 234,50 as well as 1234,50
        text = rf"replace(regexp_replace({text}, '[.\s\x{{a0}}\x{{202f}}]', '', 'g'), ',', '.')"
    plain = rf"regexp_full_match({text}, '[+-]?[0-9]+([.][0-9]+)?')"
    return f"CASE WHEN {plain} THEN TRY_CAST({text} AS DOUBLE) END"


def date_sql(text: str, form: str) -> str:
    """Return the SQL expression `text` as a DATE, year-month-day first; NULL where it is none.

    `form` is the column's format: the order "dmy" or "mdy" of other dates, or "" for none.
    """
    text = f"trim({text}, {BLANKS})"
    iso = f"regexp_extract({text}, '^([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})($|[ T])', 1)"
    as_iso = f"CAST(try_strptime({iso}, '%Y-%m-%d') AS DATE)"
    order = {"dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y"}.get(form)
    if order is None:
        return as_iso
    other = f"regexp_extract({text}, '^([0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}})($|[ T])', 1)"
    dashed = f"regexp_replace({other}, '[/.]', '-', 'g')"
    return f"coalesce({as_iso}, CAST(try_strptime({dashed}, '{order}') AS DATE))"


def companion_name(column: Column) -> str | None:
    """Return the name of the companion of a column; None for a column of texts."""
    return f"{RESERVED}{column['type']}:{column['name']}" if column["type"] in _SQL else None


def companions(columns: Iterable[Column]) -> list[tuple[str, str]]:
    """Return the name of each companion of a table with these columns, and its SQL."""
    return [
        (name, _SQL[column["type"]](quote(column["name"]), column["format"]))
        for column in columns
        if (name := companion_name(column))
    ]


_SQL: dict[str, Callable[[str, str], str]] = {
    ColumnType.NUMBER: number_sql,
    ColumnType.DATE: date_sql,
}
