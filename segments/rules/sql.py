"""Rules as SQL: identifiers quoted and known, values always parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segments.columns import Column, ColumnType
from segments.parquet import quote
from segments.rules.tree import Condition, Group
from segments.rules.typed import BLANKS, date_sql, number_sql

_YES = ("yes", "y", "true", "t", "1", "oui", "o", "vrai", "on")
_NO = ("no", "n", "false", "f", "0", "non", "faux", "off")
_COMPARISONS = {
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
_TEXT_COMPARISONS = {
    "equals": "{x} = {v}",
    "not_equals": "{x} <> {v}",
    "contains": "contains({x}, {v})",
    "not_contains": "NOT contains({x}, {v})",
    "starts_with": "starts_with({x}, {v})",
    "ends_with": "suffix({x}, {v})",
    "one_of": "{x} IN ({all})",
    "none_of": "{x} NOT IN ({all})",
}


@dataclass(frozen=True)
class Compiled:
    """A condition in SQL, true or false for every profile, and its parameters."""

    sql: str
    values: list[str]


def compile_rule(rule: Group, columns: Sequence[Column]) -> Compiled:
    """Return a rule that parse_rule has checked against `columns` as SQL."""
    return _group(rule, {column["name"]: column for column in columns})


def _group(group: Group, columns: dict[str, Column]) -> Compiled:
    parts = [
        _group(part, columns) if isinstance(part, Group) else _condition(part, columns[part.column])
        for part in group.parts
    ]
    if not parts:
        return Compiled("true", [])
    word = " AND " if group.match == "all" else " OR "
    sql = word.join(f"({part.sql})" for part in parts)
    return Compiled(sql, [value for part in parts for value in part.values])


def _condition(condition: Condition, column: Column) -> Compiled:
    if condition.operator in ("empty", "not_empty"):
        word = "=" if condition.operator == "empty" else "<>"
        return Compiled(f"{_text(quote(column['name']))} {word} ''", [])
    return _BY_TYPE.get(column["type"], _compare_text)(condition, column)


def _compare_text(condition: Condition, column: Column) -> Compiled:
    sql = _TEXT_COMPARISONS[condition.operator].format(
        x=_text(quote(column["name"])),
        v=_text("?"),
        all=", ".join([_text("?")] * len(condition.values)),
    )
    return Compiled(sql, list(condition.values))


def _compare_number(condition: Condition, column: Column) -> Compiled:
    return _compare(
        condition, number_sql(quote(column["name"]), column["format"]), "CAST(? AS DOUBLE)"
    )


def _compare_date(condition: Condition, column: Column) -> Compiled:
    return _compare(condition, date_sql(quote(column["name"]), column["format"]), "CAST(? AS DATE)")


def _compare(condition: Condition, found: str, wanted: str) -> Compiled:
    comparison = _COMPARISONS[condition.operator].format(x=found, v=wanted)
    return Compiled(f"coalesce({comparison}, false)", list(condition.values))


def _compare_yes_no(condition: Condition, column: Column) -> Compiled:
    words = _YES if condition.operator == "is_yes" else _NO
    listed = ", ".join(f"'{word}'" for word in words)
    return Compiled(f"{_text(quote(column['name']))} IN ({listed})", [])


def _text(sql: str) -> str:
    """Compare without regard to case and outer blanks; a missing value is an empty text."""
    return f"lower(trim(coalesce({sql}, ''), {BLANKS}))"


_BY_TYPE: dict[str, Callable[[Condition, Column], Compiled]] = {
    ColumnType.NUMBER: _compare_number,
    ColumnType.DATE: _compare_date,
    ColumnType.YES_NO: _compare_yes_no,
}
