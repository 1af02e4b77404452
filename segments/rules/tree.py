"""Rules as data: which profiles belong to a segment.

Stored as {"version": 1, "match": "all" | "any", "conditions": [...]}; each condition is one of
{"column", "operator", "value"}: a comparison. A value is a text, a list of texts for "one of" and
"between", and absent where the operator compares with nothing;
{"segment", "operator"}: members of another segment of the source, by its id, or everybody else;
{"match", "conditions"}: a group.
A rule without conditions means everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.problems import problem
from segments.columns import Column
from segments.rules.operators import MEMBERSHIPS, operators_of
from segments.rules.values import find_fault, read_values, readable

VERSION = 1
MAX_DEPTH = 5
MAX_CONDITIONS = 100
MATCHES = ("all", "any")
EVERYBODY: dict[str, Any] = {"version": VERSION, "match": "all", "conditions": []}
# What a database takes as an id.
_MAX_ID = 2**63 - 1
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
class Membership:
    """Whether somebody is `in` another segment, or `not_in` it."""

    segment: int
    operator: str


@dataclass(frozen=True)
class Group:
    """Parts of which all or any must hold."""

    match: str
    parts: tuple["Condition | Membership | Group", ...]


class InvalidRule(Exception):
    """A rule that can't be evaluated; `errors` says what is wrong, by the place of the part;
    `problem` is the first of that."""

    def __init__(self, errors: Mapping[Place, Problem]) -> None:
        self.errors = errors
        self.problem = next(iter(errors.values()))
        super().__init__(self.problem["code"])


def parse_rule(data: Any, columns: Sequence[Column]) -> Group:
    """Return a stored rule as a tree, checked against the columns; raises InvalidRule.

    Whether its segments exist is not looked at: see segments/rules/references.py.
    """
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
    for part in _leaves(data):
        if "segment" not in part and isinstance(column := part.get("column"), str) and column:
            yield column


def segments_of(data: Any) -> Iterator[int]:
    """Give the ids of the segments that a stored rule names, valid or not."""
    for part in _leaves(data):
        if segment := read_id(part.get("segment")):
            yield segment


def read_id(value: Any) -> int | None:
    """Return what can be the id of a segment."""
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_ID
    return value if is_id else None


def memberships_of(group: Group, place: Place = ()) -> Iterator[tuple[Place, Membership]]:
    """Give each mention of another segment in a rule, and where it is."""
    for at, part in enumerate(group.parts):
        if isinstance(part, Group):
            yield from memberships_of(part, (*place, at))
        elif isinstance(part, Membership):
            yield (*place, at), part


def _leaves(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    parts = data.get("conditions") if isinstance(data, dict) else None
    for part in parts if isinstance(parts, list) and depth <= MAX_DEPTH else ():
        if isinstance(part, dict) and "conditions" in part:
            yield from _leaves(part, depth + 1)
        elif isinstance(part, dict):
            yield part


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

    def part(self, data: Any, place: Place) -> Condition | Membership | Group:
        if isinstance(data, dict) and "conditions" in data:
            return self.group(data, place)
        self.conditions += 1
        if isinstance(data, dict) and "segment" in data:
            return self.membership(data, place)
        return self.condition(data if isinstance(data, dict) else {}, place)

    def membership(self, data: dict[str, Any], place: Place) -> Membership:
        segment, operator = read_id(data["segment"]), str(data.get("operator", ""))
        if segment is None:
            self.errors[place] = problem("rule_no_segment")
        elif operator not in MEMBERSHIPS:
            self.errors[place] = problem("rule_no_membership")
        return Membership(segment or 0, operator)

    def condition(self, data: dict[str, Any], place: Place) -> Condition:
        condition = Condition(
            readable(data.get("column") or ""),
            str(data.get("operator") or ""),
            read_values(data.get("value")),
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
        return find_fault(condition.values, operator.takes, column)
