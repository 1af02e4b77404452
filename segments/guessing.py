"""Guesses: what do the columns of a profile table mean, and which one is its key?"""

import re
from collections.abc import Iterator, Sequence
from typing import TypedDict

from segments import parquet
from segments.columns import ROW, Column, ColumnType

_SAMPLE = 2000
# How many in a hundred non-empty values must look the part.
_MOST, _NEARLY_ALL = 90, 98
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{6,24}")
_INTERNATIONAL = re.compile(r"\+\d[\d\s().\-/]{5,24}")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(,\d+)?")
_ISO_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?")
_OTHER_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}([ T].*)?")
_YES_NO = frozenset(("yes", "no", "y", "n", "true", "false", "oui", "non", "o", "vrai", "faux"))
_WORDS = re.compile(r"[^\W\d_]+")
_PHONE_NAMES = frozenset(
    ["phone", "telephone", "téléphone", "tel", "tél", "mobile", "portable", "gsm", "fax"]
)
_CODE_NAMES = frozenset(("zip", "postal", "postcode", "siret", "siren", "iban", "ean", "sku"))
_KEY_NAMES = ("id", "key", "number", "no", "numéro", "code", "email", "mail")


def describe_columns(path: str, names: Sequence[str], known: Sequence[Column] = ()) -> list[Column]:
    """Return the columns of a profile table; what is known of them stays, the rest is guessed."""
    by_name = {column["name"]: column for column in known}
    unknown = [name for name in names if name not in by_name]
    guessed = {name: guess_column(name, values) for name, values in _samples(path, unknown)}
    return [by_name.get(name) or guessed[name] for name in names]


def guess_column(name: str, values: Sequence[str]) -> Column:
    """Return what a column probably means, by its name and some of its values."""
    values = [stripped for value in values if (stripped := value.strip())]
    words = set(_WORDS.findall(name.casefold().replace("-", "")))
    kind, form = _guess(words, values) if values else (ColumnType.TEXT, "")
    return Column(name=name, type=str(kind), format=form)


def guess_key(path: str, names: Sequence[str]) -> str:
    """Return a column that is never empty and never twice, one named like a key first; or ""."""
    counts = ", ".join(
        f"count({parquet.quote(name)}), approx_count_distinct({parquet.quote(name)})"
        for name in names
    )
    found = parquet.first_row(f"SELECT count(*), {counts} FROM read_parquet(?)", [path]) or (0,)
    rows, filled, distinct = found[0], found[1::2], found[2::2]
    likely = [
        name
        for name, count, different in zip(names, filled, distinct, strict=True)
        if count == rows and different > rows * 0.8
    ]
    likely.sort(key=_key_rank)
    return next((name for name in likely if find_key_fault(path, name) is None), "")


class KeyFault(TypedDict):
    """Why a column can't be the key: `row` is empty, or has the same value as row `other`."""

    row: int
    other: int | None
    value: str | None


def find_key_fault(path: str, column: str) -> KeyFault | None:
    """Return the first empty or repeated value of a column; None when it can be the key."""
    name = parquet.quote(column)
    found = parquet.first_row(
        f"""SELECT {name}, min({ROW}), max({ROW}) FROM read_parquet(?)
        GROUP BY {name} HAVING count(*) > 1 OR {name} IS NULL
        ORDER BY 2 LIMIT 1""",
        [path],
    )
    if found is None:
        return None
    value, first, last = found
    return KeyFault(row=first, other=None if value is None else last, value=value)


def _samples(path: str, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Give some values of each column from all over the table, the same ones each time."""
    with parquet.connect() as connection:
        for name in names:
            column = parquet.quote(name)
            counted = connection.execute(f"SELECT count({column}) FROM read_parquet(?)", [path])
            every = max(1, (counted.fetchone() or (0,))[0] // _SAMPLE)
            found = connection.execute(
                f"""SELECT left({column}, 200) FROM read_parquet(?)
                WHERE {column} IS NOT NULL AND hash({ROW}) % ? = 0 LIMIT ?""",
                [path, every, 2 * _SAMPLE],
            ).fetchall()
            yield name, [value for (value,) in found]


def _guess(words: set[str], values: Sequence[str]) -> tuple[ColumnType, str]:
    if _share(_EMAIL, values) >= _MOST:
        return ColumnType.EMAIL, ""
    if words & _PHONE_NAMES and _share(_PHONE, values) >= _MOST:
        return ColumnType.PHONE, ""
    if _share(_INTERNATIONAL, values) >= _NEARLY_ALL:
        return ColumnType.PHONE, ""
    if {value.casefold() for value in values} <= _YES_NO:
        return ColumnType.YES_NO, ""
    if _share(_ISO_DATE, values) >= _NEARLY_ALL:
        return ColumnType.DATE, ""
    if _share(_OTHER_DATE, values) >= _NEARLY_ALL:
        return ColumnType.DATE, _date_order(values)
    if words & _CODE_NAMES:
        return ColumnType.TEXT, ""
    return _guess_number(values)


def _guess_number(values: Sequence[str]) -> tuple[ColumnType, str]:
    if _share(_NUMBER, values) >= _NEARLY_ALL:
        return ColumnType.NUMBER, ""
    if _share(_COMMA_NUMBER, values) >= _NEARLY_ALL:
        return ColumnType.NUMBER, "comma"
    return ColumnType.TEXT, ""


def _share(pattern: re.Pattern[str], values: Sequence[str]) -> float:
    return 100 * sum(pattern.fullmatch(value) is not None for value in values) / len(values)


def _date_order(values: Sequence[str]) -> str:
    """Return "mdy" when some second part can only be a day, else "dmy", as most of the world."""
    parts = [found for value in values if (found := _OTHER_DATE.fullmatch(value))]
    month_first = any(int(found[2]) > 12 for found in parts)
    day_first = any(int(found[1]) > 12 for found in parts)
    return "mdy" if month_first and not day_first else "dmy"


def _key_rank(name: str) -> int:
    words = _WORDS.findall(name.casefold().replace("-", ""))
    ranks = [rank for rank, word in enumerate(_KEY_NAMES) if word in words]
    return min(ranks, default=len(_KEY_NAMES))
