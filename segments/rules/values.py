"""The values of a condition: as many as its operator takes, and of the right kind."""

import re
from datetime import date
from typing import Any

from config.problems import problem
from segments.columns import Column, ColumnType
from segments.rules.operators import Takes

MAX_VALUES = 1000
MAX_VALUE = 1000
MAX_DAYS = 36_500
# Only what DuckDB reads, too: Python knows more digits, and more ways to write a date.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = re.compile(r"[0-9]{1,5}")


def read_values(value: Any) -> tuple[str, ...]:
    """Return a stored value as texts; what is no text and no number is none."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(each).strip() for each in values if _is_plain(each) and each != "")


def find_fault(values: tuple[str, ...], takes: Takes, column: Column) -> dict[str, Any] | None:
    """Return why an operator can't compare a column with these values; None when it can."""
    if takes is Takes.NOTHING:
        return None
    return _count_fault(values, takes, column["name"]) or next(
        (fault for value in values if (fault := _value_fault(value, takes, column))), None
    )


def readable(value: Any) -> str:
    """Return a value as text that can be shown: JSON knows halves of characters."""
    return str(value).encode(errors="replace").decode()


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _count_fault(values: tuple[str, ...], takes: Takes, column: str) -> dict[str, Any] | None:
    if not all(values) or not values:
        return problem("rule_no_value", column=column)
    if takes is Takes.TWO and len(values) != 2:
        return problem("rule_not_two_values", column=column)
    if takes in (Takes.ONE, Takes.DAYS) and len(values) != 1:
        return problem("rule_not_one_value", column=column)
    if len(values) > MAX_VALUES:
        return problem("rule_too_many_values", column=column, limit=MAX_VALUES)
    return None


def _value_fault(value: str, takes: Takes, column: Column) -> dict[str, Any] | None:
    if len(value) > MAX_VALUE or "\0" in value:
        return problem("rule_long_value", column=column["name"], limit=MAX_VALUE)
    if not _is_text(value):
        return problem("rule_no_text", column=column["name"])
    if takes is Takes.DAYS:
        is_fit = _DAYS.fullmatch(value) and 1 <= int(value) <= MAX_DAYS
        return None if is_fit else problem("rule_not_days", value=value, limit=MAX_DAYS)
    if column["type"] == ColumnType.NUMBER and not _NUMBER.fullmatch(value):
        return problem("rule_not_a_number", column=column["name"], value=value)
    if column["type"] == ColumnType.DATE and not _is_date(value):
        return problem("rule_not_a_date", column=column["name"], value=value)
    return None


def _is_text(value: str) -> bool:
    """Return whether it can be written at all: JSON knows halves of characters."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False
