"""One condition of a rule as a test in SQL, by what its column means."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from segments.columns import Column, ColumnType
from segments.parquet import literal, quote
from segments.rules.relative import anniversaries, period
from segments.rules.sql import Operand, Test
from segments.rules.tree import Condition
from segments.rules.typed import BLANKS, companion_name, date_sql, number_sql

# Words for yes and no, in lower case.
_YES = ("yes", "y", "true", "t", "1", "oui", "o", "vrai", "on")
_NO = ("no", "n", "false", "f", "0", "non", "faux", "off")
_ORDER = {
    "equals": "{x} = {v}",
    "on": "{x} = {v}",
    "not_equals": "{x} <> {v}",
    "greater": "{x} > {v}",
    "after": "{x} > {v}",
    "at_least": "{x} >= {v}",
    "less": "{x} < {v}",
    "before": "{x} < {v}",
    "at_most": "{x} <= {v}",
    "between": "{x} BETWEEN {v} AND {v}",
}
_TEXT = {
    "equals": "{x} = {v}",
    "not_equals": "{x} <> {v}",
    "contains": "contains({x}, {v})",
    "not_contains": "NOT contains({x}, {v})",
    "starts_with": "starts_with({x}, {v})",
    "ends_with": "suffix({x}, {v})",
    "one_of": "{x} IN ({all})",
    "none_of": "{x} NOT IN ({all})",
    "domain_is": "{x} = {v}",
    "domain_one_of": "{x} IN ({all})",
}


@dataclass(frozen=True)
class Facts:
    """What conditions are compiled with: the day it is, and what the table has companions of."""

    today: Callable[[], date]
    companions: Collection[tuple[str, str]] = ()

    def number(self, column: Column) -> Operand:
        """Return a column as a number."""
        return self._typed(column, number_sql)

    def date(self, column: Column) -> Operand:
        """Return a column as a date."""
        return self._typed(column, date_sql)

    def _typed(self, column: Column, parsed: Callable[[str, str], str]) -> Operand:
        name = companion_name(column)
        if name and (name, column["format"]) in self.companions:
            return Operand(quote(name))
        return Operand(parsed(quote(column["name"]), column["format"]))


def compare(condition: Condition, column: Column, facts: Facts) -> Test:
    """Return a condition that parse_rule has checked against its column as a test."""
    if condition.operator in ("empty", "not_empty"):
        word = "=" if condition.operator == "empty" else "<>"
        return Test(_trimmed(column), f"{{x}} {word} ''")
    return _BY_TYPE.get(column["type"], _compare_text)(condition, column, facts)


def _compare_text(condition: Condition, column: Column, _facts: Facts) -> Test:
    operator, values = condition.operator, condition.values
    if operator in ("contains", "not_contains"):
        # No value begins or ends with a blank, so blanks around the text make no difference.
        operand = _lowered(column)
    elif operator in ("domain_is", "domain_one_of"):
        operand, values = _domain(column), tuple(value.removeprefix("@") for value in values)
    else:
        operand = _trimmed(column)
    comparison = _filled(_TEXT[operator], f"lower(trim(?, {BLANKS}))", len(values))
    return Test(operand, comparison, values)


def _compare_number(condition: Condition, column: Column, facts: Facts) -> Test:
    comparison = _filled(_ORDER[condition.operator], "CAST(? AS DOUBLE)")
    return Test(facts.number(column), comparison, condition.values)


def _compare_date(condition: Condition, column: Column, facts: Facts) -> Test:
    operand = facts.date(column)
    if condition.operator in _ORDER:
        comparison = _filled(_ORDER[condition.operator], "CAST(? AS DATE)")
        return Test(operand, comparison, condition.values)
    days = int(condition.values[0]) if condition.values else 0
    if condition.operator == "days_ago":
        first, _last = period("last_days", days, facts.today())
        return Test(operand, "{x} < CAST(? AS DATE)", (first.isoformat(),))
    first, last = period(condition.operator, days, facts.today())
    if condition.operator.startswith("anniversary"):
        return _compare_anniversary(operand, *anniversaries(first, last))
    return Test(
        operand,
        "{x} BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)",
        (first.isoformat(), last.isoformat()),
    )


def _compare_anniversary(operand: Operand, low: int, high: int) -> Test:
    day = Operand(f"(100 * month({operand.sql}) + day({operand.sql}))")
    word = "AND" if low <= high else "OR"
    return Test(day, f"{{x}} >= ? {word} {{x}} <= ?", (low, high))


def _compare_yes_no(condition: Condition, column: Column, _facts: Facts) -> Test:
    words = _YES if condition.operator == "is_yes" else _NO
    return Test(_trimmed(column), _is_one_of("{x}", words))


def is_yes(text: str) -> str:
    """Return as SQL whether a text without outer blanks is a yes."""
    return _is_one_of(f"lower({text})", _YES)


def _is_one_of(text: str, words: Iterable[str]) -> str:
    return f"{text} IN ({', '.join(map(literal, words))})"


def _trimmed(column: Column) -> Operand:
    """Compare without regard to case and outer blanks; a missing value is an empty text."""
    return Operand(f"lower(trim(coalesce({quote(column['name'])}, ''), {BLANKS}))")


def _lowered(column: Column) -> Operand:
    return Operand(f"lower(coalesce({quote(column['name'])}, ''))")


def _domain(column: Column) -> Operand:
    """Return what follows the last @ of an address; nothing when there is none."""
    text = _trimmed(column)
    return Operand(f"CASE WHEN contains({text.sql}, '@') THEN split_part({text.sql}, '@', -1) END")


def _filled(comparison: str, value: str, count: int = 1) -> str:
    listed = ", ".join([value] * count)
    return comparison.replace("{v}", value).replace("{all}", listed)


_BY_TYPE: dict[str, Callable[[Condition, Column, Facts], Test]] = {
    ColumnType.NUMBER: _compare_number,
    ColumnType.DATE: _compare_date,
    ColumnType.YES_NO: _compare_yes_no,
    ColumnType.CONSENT: _compare_yes_no,
}
