"""Rules as data: which profiles belong to a segment.

Stored as {"version": 1, "match": "all" | "any", "conditions": [...]}; each condition is either
{"column", "operator", "value"} or a group, {"match", "conditions"}. A value is a text, a list
of texts for "one of" and "between", and absent where the operator compares with nothing. A
rule without conditions means everybody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from config.problems import problem
from segments.columns import Column, ColumnType
from segments.rules.operators import Takes, operators_of

VERSION = 1
MAX_DEPTH = 5
MAX_CONDITIONS = 100
MAX_VALUES = 1000
MAX_VALUE = 1000
MATCHES = ("all", "any")
EVERYBODY: dict[str, Any] = {"version": VERSION, "match": "all", "conditions": []}
# Only what DuckDB reads, too: Python knows more digits, and more ways to write a date.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Which position a part has in its group, which that one in its group, from the outside in.
Place = tuple[int, ...]
Problem = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """One comparison of one column; `values` are as many as the operator takes."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Parts of which all or any must hold."""

    match: str
    parts: tuple["Condition | Group", ...]


class InvalidRule(Exception):
    """A rule that can't be evaluated; `errors` says what is wrong, by the place of the part;
    `problem` is the first of that."""

    def __init__(self, errors: Mapping[Place, Problem]) -> None:
        self.errors = errors
        self.problem = next(iter(errors.values()))
        super().__init__(self.problem["code"])


def parse_rule(data: Any, columns: Sequence[Column]) -> Group:
    """Return a stored rule as a tree, checked against the columns; raises InvalidRule."""
    if not data:
        return Group("all", ())
    parser = _Parser({column["name"]: column for column in columns})
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise InvalidRule({(): problem("rule_version")})
    group = parser.group(data, ())
    if parser.conditions > MAX_CONDITIONS:
        parser.errors[()] = problem("rule_too_many_conditions", limit=MAX_CONDITIONS)
    if parser.errors:
        raise InvalidRule(parser.errors)
    return group


def columns_of(data: Any) -> Iterator[str]:
    """Give the columns that a stored rule names, valid or not."""
    for part in (data or {}).get("conditions", []):
        if "conditions" in part:
            yield from columns_of(part)
        elif column := part.get("column"):
            yield column


class _Parser:
    """Reads one rule and collects everything that is wrong with it."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns
        self.errors: dict[Place, Problem] = {}
        self.conditions = 0

    def group(self, data: dict[str, Any], place: Place) -> Group:
        match, parts = data.get("match"), data.get("conditions")
        if match not in MATCHES or not isinstance(parts, list):
            self.errors[place] = problem("rule_no_match")
            return Group("all", ())
        if len(place) >= MAX_DEPTH:
            self.errors[place] = problem("rule_too_deep", limit=MAX_DEPTH)
            return Group("all", ())
        if place and not parts:
            self.errors[place] = problem("rule_empty_group")
        return Group(match, tuple(self.part(part, (*place, at)) for at, part in enumerate(parts)))

    def part(self, data: Any, place: Place) -> Condition | Group:
        if isinstance(data, dict) and "conditions" in data:
            return self.group(data, place)
        self.conditions += 1
        return self.condition(data if isinstance(data, dict) else {}, place)

    def condition(self, data: dict[str, Any], place: Place) -> Condition:
        condition = Condition(
            str(data.get("column", "")), str(data.get("operator", "")), _values(data.get("value"))
        )
        if error := self.fault(condition):
            self.errors[place] = error
        return condition

    def fault(self, condition: Condition) -> Problem | None:
        if not condition.column:
            return problem("rule_no_column")
        column = self.columns.get(condition.column)
        if column is None:
            return problem("rule_column_gone", column=condition.column)
        operator = operators_of(column["type"]).get(condition.operator)
        if operator is None:
            return problem("rule_no_operator", column=condition.column)
        return _count_fault(condition, operator.takes) or _value_fault(condition, column["type"])


def _values(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(str(each).strip() for each in values if each not in (None, ""))


def _count_fault(condition: Condition, takes: Takes) -> Problem | None:
    values = condition.values
    if takes is Takes.NOTHING:
        return None
    if not all(values) or not values:
        return problem("rule_no_value", column=condition.column)
    if takes is Takes.TWO and len(values) != 2:
        return problem("rule_not_two_values", column=condition.column)
    if takes is Takes.ONE and len(values) != 1:
        return problem("rule_not_one_value", column=condition.column)
    if len(values) > MAX_VALUES:
        return problem("rule_too_many_values", column=condition.column, limit=MAX_VALUES)
    return None


def _value_fault(condition: Condition, column_type: str) -> Problem | None:
    for value in condition.values:
        if len(value) > MAX_VALUE or "\0" in value:
            return problem("rule_long_value", column=condition.column, limit=MAX_VALUE)
        if column_type == ColumnType.NUMBER and not _NUMBER.fullmatch(value):
            return problem("rule_not_a_number", column=condition.column, value=value)
        if column_type == ColumnType.DATE and not _is_date(value):
            return problem("rule_not_a_date", column=condition.column, value=value)
    return None


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False
