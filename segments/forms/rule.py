"""The rule builder: a rule as form fields and back, and the buttons that change it.

A part at place 0, 2 has fields like `rule-0-2-column`; a group has `rule-0-match`. A button
posts `do`, for example `remove:0-2`, and the whole rule is drawn anew: nothing typed is lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from segments.columns import Column, ColumnType
from segments.problems import describe_problem
from segments.rules.decimals import as_stored, as_written
from segments.rules.operators import Operator, Takes, operators_of
from segments.rules.suggestions import SUGGESTED, Suggestion
from segments.rules.tree import MAX_CONDITIONS, MAX_DEPTH, VERSION, Place, Problem

# Deeper than any valid rule, by one that says so; a place nobody draws is no part of it.
_FIELD = re.compile(
    rf"rule((?:-\d{{1,4}}){{0,{MAX_DEPTH + 1}}})"
    r"-(match|column|operator|value|low|high|others|pick)"
)
_ACTION = re.compile(r"(add_condition|add_group|remove):((?:\d{1,4}(?:-\d{1,4})*)?)")
NEW_CONDITION: dict[str, Any] = {"column": "", "operator": "", "value": ""}


def read_rule(data: QueryDict, columns: Sequence[Column]) -> dict[str, Any]:
    """Return what was posted as a rule; parse_rule says whether it is a valid one.

    `columns` are those of the chosen source: numbers may be written as the reader's language does.
    """
    fields: dict[Place, dict[str, list[str]]] = {(): {}}
    for name in data:
        if found := _FIELD.fullmatch(name):
            fields.setdefault(_place(found[1]), {})[found[2]] = data.getlist(name)
    numbers = {column["name"] for column in columns if column["type"] == ColumnType.NUMBER}
    return {"version": VERSION, **_group(fields, (), numbers)}


def change_rule(rule: dict[str, Any], action: str) -> dict[str, Any]:
    """Do what a button of the builder asks for; anything unknown changes nothing."""
    if not (found := _ACTION.fullmatch(action)):
        return rule
    place = _place(found[2])
    if found[1] == "remove":
        return _removed(rule, place)
    group = _part(rule, place)
    if group is not None and "conditions" in group:
        group["conditions"].append(
            dict(NEW_CONDITION)
            if found[1] == "add_condition"
            else {"match": "any", "conditions": [dict(NEW_CONDITION)]}
        )
    return rule


@dataclass(frozen=True)
class ConditionRow:
    """A condition as it is drawn."""

    place: str
    data: Mapping[str, Any]
    columns: Sequence[Column]
    operators: Sequence[Operator]
    operator: str
    takes: str
    kind: str
    error: str
    suggestions: Sequence[Suggestion] = ()
    name: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"rule-{self.place}")

    @property
    def column(self) -> str:
        return str(self.data.get("column", ""))

    @property
    def is_gone(self) -> bool:
        return bool(self.column) and not self.kind

    @property
    def input_type(self) -> str:
        return "date" if self.kind == ColumnType.DATE else "text"

    @property
    def values(self) -> list[str]:
        value = self.data.get("value")
        values = value if isinstance(value, list) else [value]
        return [str(each) for each in values if each not in (None, "")]

    @property
    def value(self) -> str:
        return self._shown(self.values[0]) if self.values else ""

    @property
    def high(self) -> str:
        return self._shown(self.values[1]) if len(self.values) > 1 else ""

    def _shown(self, value: str) -> str:
        return as_written(value) if self.kind == ColumnType.NUMBER else value

    @property
    def others(self) -> str:
        suggested = {suggestion.value for suggestion in self.suggestions}
        return "\n".join(value for value in self.values if value not in suggested)


@dataclass(frozen=True)
class GroupRow:
    """A group as it is drawn."""

    place: str
    name: str
    match: str
    parts: list["ConditionRow | GroupRow"]
    error: str
    can_nest: bool
    is_group: bool = True


class Builder:
    """Draws a rule over the columns of a source."""

    def __init__(
        self,
        columns: Sequence[Column],
        suggestions: Mapping[str, Sequence[Suggestion]],
        errors: Mapping[Place, Problem],
    ) -> None:
        self.columns = columns
        self.types = {column["name"]: column["type"] for column in columns}
        self.suggestions = suggestions
        self.errors = errors

    def draw(self, rule: Mapping[str, Any]) -> GroupRow:
        """Return the rule as rows for the template."""
        return self._group(rule, ())

    def _group(self, data: Mapping[str, Any], place: Place) -> GroupRow:
        parts = [
            self._group(part, (*place, at))
            if "conditions" in part
            else self._condition(part, (*place, at))
            for at, part in enumerate(data.get("conditions", []))
        ]
        return GroupRow(
            place=_joined(place),
            name="-".join(["rule", *map(str, place)]),
            match=data.get("match", "all"),
            parts=parts,
            error=self._error(place),
            can_nest=len(place) + 1 < MAX_DEPTH,
        )

    def _condition(self, data: Mapping[str, Any], place: Place) -> ConditionRow:
        column = str(data.get("column", ""))
        kind = self.types.get(column, "")
        operators = operators_of(kind) if kind else {}
        chosen = operators.get(data.get("operator", "")) or next(iter(operators.values()), None)
        takes = chosen.takes if chosen else Takes.NOTHING
        return ConditionRow(
            place=_joined(place),
            data=data,
            columns=self.columns,
            operators=list(operators.values()),
            operator=chosen.code if chosen else "",
            takes=takes.name,
            kind=kind,
            error=self._error(place),
            suggestions=self.suggestions.get(column, ()) if kind in SUGGESTED else (),
        )

    def _error(self, place: Place) -> str:
        return str(describe_problem(self.errors.get(place)) or "")


def _place(text: str) -> Place:
    return tuple(int(part) for part in text.split("-") if part)


def _joined(place: Place) -> str:
    return "-".join(map(str, place))


def _group(
    fields: Mapping[Place, Mapping[str, list[str]]], place: Place, numbers: set[str]
) -> dict[str, Any]:
    children = sorted(at for at in fields if len(at) == len(place) + 1 and at[:-1] == place)
    parts = [
        _group(fields, child, numbers)
        if "match" in fields[child]
        else _condition(fields[child], numbers)
        for child in children[: MAX_CONDITIONS + 1]
    ]
    return {"match": fields[place].get("match", ["all"])[-1], "conditions": parts}


def _condition(fields: Mapping[str, list[str]], numbers: set[str]) -> dict[str, Any]:
    def first(name: str) -> str:
        return fields.get(name, [""])[-1].strip()

    def typed(name: str) -> str:
        return as_stored(first(name)) if first("column") in numbers else first(name)

    condition: dict[str, Any] = {"column": first("column"), "operator": first("operator")}
    if "others" in fields or "pick" in fields:
        listed = list(dict.fromkeys([*fields.get("pick", []), *_split(first("others"))]))
        return {**condition, "value": listed}
    if "low" in fields or "high" in fields:
        return {**condition, "value": [typed("low"), typed("high")]}
    return {**condition, "value": typed("value")}


def _split(text: str) -> list[str]:
    parts = text.splitlines() if "\n" in text else text.split(",")
    return [stripped for part in parts if (stripped := part.strip())]


def _part(rule: dict[str, Any], place: Place) -> dict[str, Any] | None:
    part: dict[str, Any] = rule
    for at in place:
        inner = part.get("conditions", [])
        if at >= len(inner):
            return None
        part = inner[at]
    return part


def _removed(rule: dict[str, Any], place: Place) -> dict[str, Any]:
    group = _part(rule, place[:-1])
    if place and group and place[-1] < len(group.get("conditions", [])):
        del group["conditions"][place[-1]]
    return rule
