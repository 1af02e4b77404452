"""Messages that say what happened and offer to take it back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

Values = dict[str, Sequence[str | int]]


@dataclass(frozen=True)
class Undo:
    """What a form sends, and where, to take back what was done."""

    address: str
    values: Values

    @property
    def fields(self) -> list[tuple[str, str | int]]:
        """The names and values of its hidden fields."""
        return [(name, value) for name, values in self.values.items() for value in values]


def say_done(request: HttpRequest, text: str, *, undo: str, values: Values | None = None) -> None:
    """Say that something was done; posting `values` to the address `undo` takes it back."""
    # Messages are stored as text: what belongs to them travels in their tags.
    tags = json.dumps({"address": undo, "values": values or {}})
    messages.success(request, text, extra_tags=tags)


def undo_of(tags: str | None) -> Undo | None:
    """Return what the tags of a message offer; None when it can't be taken back."""
    return Undo(**json.loads(tags)) if tags and tags.startswith("{") else None
