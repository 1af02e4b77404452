"""The rule builder: a rule as form fields and back, and the buttons that change it.

A part at place 0, 2 has fields like `rule-0-2-column`; a group has `rule-0-match`. A button
posts `do`, for example `remove:0-2`, and the whole rule is drawn anew: nothing typed is lost.
See rule_rows.py for the drawing.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from segments.columns import RESERVED, Column, ColumnType
from segments.rules.decimals import as_stored
from segments.rules.tree import (
    MATCHES,
    MAX_CONDITIONS,
    MAX_DEPTH,
    VERSION,
    Place,
    read_id,
)
from segments.rules.values import read_values, readable

# Chosen instead of a column, whose name never begins like this.
SEGMENT = f"{RESERVED}segment"
# Deeper than any valid rule, by one that says so; a place nobody draws is no part of it.
_FIELD = re.compile(
    rf"rule((?:-\d{{1,4}}){{0,{MAX_DEPTH + 1}}})"
    r"-(match|column|operator|segment|value|low|high|others|pick)"
)
_ACTION = re.compile(r"(add_condition|add_group|remove):((?:\d{1,4}(?:-\d{1,4})*)?)")
NEW_CONDITION: dict[str, Any] = {"column": "", "operator": "", "value": ""}


def read_rule(data: QueryDict, columns: Sequence[Column]) -> dict[str, Any]:
    """Return what was posted as a rule; check_rule says whether it is a valid one.

    `columns` are those of the chosen source: numbers may be written as the reader's language does.
    """
    fields: dict[Place, dict[str, list[str]]] = {(): {}}
    for name in data:
        if found := _FIELD.fullmatch(name):
            fields.setdefault(_place(found[1]), {})[found[2]] = data.getlist(name)
    numbers = {column["name"] for column in columns if column["type"] == ColumnType.NUMBER}
    return {"version": VERSION, **_group(fields, (), numbers)}


def change_rule(rule: dict[str, Any], action: str) -> tuple[dict[str, Any], Place | None]:
    """Do what a button of the builder asks for; anything unknown changes nothing.

    Return the rule, and the place of the part that somebody will look at next.
    """
    if not (found := _ACTION.fullmatch(action)):
        return rule, None
    place = _place(found[2])
    if found[1] == "remove":
        return _removed(rule, place), place[:-1]
    group = _part(rule, place)
    if group is None or "conditions" not in group:
        return rule, None
    at = len(group["conditions"])
    new = dict(NEW_CONDITION)
    if found[1] == "add_condition":
        group["conditions"].append(new)
        return rule, (*place, at)
    group["conditions"].append({"match": "any", "conditions": [new]})
    return rule, (*place, at, 0)


def as_drawable(data: Any) -> dict[str, Any]:
    """Return a stored rule as one that can be drawn: what is no part of a rule is left empty."""
    return {"version": VERSION, **_drawable_group(data if isinstance(data, dict) else {}, 0)}


def _drawable_group(data: dict[str, Any], depth: int) -> dict[str, Any]:
    match, parts = data.get("match"), data.get("conditions")
    listed = parts if isinstance(parts, list) and depth <= MAX_DEPTH else []
    return {
        "match": match if match in MATCHES else MATCHES[0],
        "conditions": [_drawable(part, depth + 1) for part in listed],
    }


def _drawable(data: Any, depth: int) -> dict[str, Any]:
    if not isinstance(data, dict):
        return dict(NEW_CONDITION)
    if "conditions" in data:
        return _drawable_group(data, depth)
    operator = readable(data.get("operator") or "")
    if "segment" in data:
        return {"segment": read_id(data["segment"]), "operator": operator}
    column, values = (
        readable(data.get("column") or ""),
        [*map(readable, read_values(data.get("value")))],
    )
    is_list = isinstance(data.get("value"), list)
    value = values if is_list else next(iter(values), "")
    return {"column": column, "operator": operator, "value": value}


def _place(text: str) -> Place:
    return tuple(int(part) for part in text.split("-") if part)


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

    if first("column") == SEGMENT:
        return {"segment": _number(first("segment")), "operator": first("operator")}
    condition: dict[str, Any] = {"column": first("column"), "operator": first("operator")}
    if "others" in fields or "pick" in fields:
        listed = list(dict.fromkeys([*fields.get("pick", []), *_split(first("others"))]))
        return {**condition, "value": listed}
    if "low" in fields or "high" in fields:
        return {**condition, "value": [typed("low"), typed("high")]}
    return {**condition, "value": typed("value")}


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


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
