"""A rule as text, to be copied from one segment and pasted into another.

The text is the stored rule as JSON, with the names of segments beside their ids: somewhere else,
the segment of that name is meant.
"""

import json
from collections.abc import Iterable
from typing import Any

from segments.models import Segment
from segments.problems import Refused
from segments.rules.tree import MATCHES, MAX_DEPTH, VERSION, read_id, segments_of
from segments.rules.words import names_of

MAX_TEXT = 200_000


class BadText(Refused):
    """A text that is not that of a rule; `problem` says where."""


def write_text(rule: dict[str, Any]) -> str:
    """Return a rule as text."""
    names = names_of(set(segments_of(rule)))
    return json.dumps(_with_names(rule, names), ensure_ascii=False, indent=2)


def read_text(text: str, segments: Iterable[Segment]) -> dict[str, Any]:
    """Return the rule in a text, for check_rule to judge; raises BadText.

    `segments` are those of the source that the rule is pasted into.
    """
    if not text.strip():
        raise BadText("rule_text_empty")
    if len(text) > MAX_TEXT:
        raise BadText("rule_text_long", limit=MAX_TEXT)
    data = _loaded(text)
    if not isinstance(data, dict) or "conditions" not in data:
        raise BadText("rule_text_odd")
    if data.get("version") != VERSION:
        raise BadText("rule_version")
    reader = _Reader({segment.name: segment.pk for segment in segments})
    return {"version": VERSION, **reader.group(data, ())}


def _loaded(text: str) -> Any:
    try:
        data = json.loads(text)
        json.dumps(data, ensure_ascii=False).encode()  # JSON knows halves of characters
    except json.JSONDecodeError as error:
        raise BadText("rule_text_broken", line=error.lineno, position=error.colno) from error
    except (ValueError, RecursionError) as error:
        raise BadText("rule_text_odd") from error
    return data


def _with_names(part: Any, names: dict[int, str]) -> Any:
    if "conditions" in part:
        return {**part, "conditions": [_with_names(each, names) for each in part["conditions"]]}
    if part.get("segment") in names:
        return {**part, "name": names[part["segment"]]}
    return part


class _Reader:
    """Reads the parts of one rule, and takes nothing else over from the text."""

    def __init__(self, ids: dict[str, int]) -> None:
        self.ids = ids

    def group(self, data: dict[str, Any], place: tuple[int, ...]) -> dict[str, Any]:
        match, parts = data.get("match"), data["conditions"]
        if match not in MATCHES or not isinstance(parts, list) or len(place) > MAX_DEPTH:
            raise _odd(place)
        return {
            "match": match,
            "conditions": [self._part(part, (*place, at)) for at, part in enumerate(parts)],
        }

    def _part(self, data: Any, place: tuple[int, ...]) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise _odd(place)
        if "conditions" in data:
            return self.group(data, place)
        if not isinstance(data.get("operator"), str):
            raise _odd(place)
        if "segment" in data:
            return {"segment": self._segment(data, place), "operator": data["operator"]}
        if not isinstance(data.get("column"), str) or not _is_value(data.get("value")):
            raise _odd(place)
        return {
            "column": data["column"],
            "operator": data["operator"],
            "value": data.get("value", ""),
        }

    def _segment(self, data: dict[str, Any], place: tuple[int, ...]) -> int:
        number, name = read_id(data["segment"]), data.get("name")
        if number is None:
            raise _odd(place)
        return self.ids.get(name, number) if isinstance(name, str) else number


def _is_value(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(each is None or isinstance(each, str | int | float) for each in values)


def _odd(place: tuple[int, ...]) -> BadText:
    if not place:
        return BadText("rule_text_odd")
    return BadText("rule_text_part", place=".".join(str(at + 1) for at in place))
