"""Stored values of the audit trail that only the room of their model can put into words."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

# What the trail stores for nothing.
NOTHING = ("None", "", "[]", "{}", "null")
# A text for each of several values of a field: together, so that they take few queries.
Wording = Callable[[Sequence[Any]], Sequence[str]]
Texts = Mapping[tuple[str, str], str]

_wordings: dict[str, Wording] = {}


def say(wording: Wording, *fields: str) -> None:
    """Have values of these fields, such as "segments.Segment.rule", told by `wording`."""
    _wordings.update(dict.fromkeys(fields, wording))


def is_worded(field: str) -> bool:
    """Tell whether values of a field are told in words."""
    return field in _wordings


def texts_of(stored: Iterable[tuple[str, str]]) -> Texts:
    """Return the words of stored values by field and value; what is no JSON stays as it is."""
    by_field: dict[str, dict[str, Any]] = {}
    for field, value in stored:
        if is_worded(field) and value not in NOTHING:
            by_field.setdefault(field, {})[value] = _read(value)
    return {
        (field, value): text
        for field, values in by_field.items()
        for value, text in zip(values, _wordings[field](list(values.values())), strict=True)
    }


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
