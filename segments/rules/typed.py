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

# How most dates are written, with nothing around them: quicker to see than what all may be.
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?"


def number_sql(text: str, form: str) -> str:
    """Return the SQL expression `text` as a DOUBLE; NULL where it is no number.

    `form` is the column's format: "comma", or "" for a decimal point.
    """
    trimmed = f"trim({text}, {BLANKS})"
    if form == "comma":
        # 1.234,50 and 1 234,50 as well as 1234,50
        blanks = r"[.\s\x{a0}\x{202f}]"
        return _plain_number(f"replace(regexp_replace({trimmed}, '{blanks}', '', 'g'), ',', '.')")
    # Most have no blanks around them, and looking for those takes longest.
    return _plain_number(text, otherwise=_plain_number(trimmed))


def date_sql(text: str, form: str) -> str:
    """Return the SQL expression `text` as a DATE, year-month-day first; NULL where it is none.

    `form` is the column's format: the order "dmy" or "mdy" of other dates, or "" for none.
    """
    plain = f"regexp_full_match({text}, '{_ISO}')"
    as_it_is = _iso_date(f"left({text}, 10)")
    return f"CASE WHEN {plain} THEN {as_it_is} ELSE {_other_date(text, form)} END"


def _other_date(text: str, form: str) -> str:
    text = f"trim({text}, {BLANKS})"
    iso = f"regexp_extract({text}, '^([0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}})($|[ T])', 1)"
    as_iso = _iso_date(iso)
    order = {"dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y"}.get(form)
    if order is None:
        return as_iso
    other = f"regexp_extract({text}, '^([0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}})($|[ T])', 1)"
    dashed = f"regexp_replace({other}, '[/.]', '-', 'g')"
    return f"coalesce({as_iso}, CAST(try_strptime({dashed}, '{order}') AS DATE))"


def _plain_number(text: str, otherwise: str = "NULL") -> str:
    plain = f"regexp_full_match({text}, '[+-]?[0-9]+([.][0-9]+)?')"
    return f"CASE WHEN {plain} THEN TRY_CAST({text} AS DOUBLE) ELSE {otherwise} END"


def _iso_date(text: str) -> str:
    return f"CAST(try_strptime({text}, '%Y-%m-%d') AS DATE)"


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
