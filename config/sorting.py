"""The heads of tables that sort: what each links to, and how the table is sorted now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

# One column of a table: what it may be sorted by, with the words that say so.
Column = Mapping[str, str | Promise]


@dataclass(frozen=True)
class Heading:
    """A link that sorts; `direction` says how it does now, `next` what it leads to."""

    label: str | Promise
    direction: str
    next: str


def headings(columns: Iterable[Column], sort: str) -> list[list[Heading]]:
    """Return the links of each column while the table is sorted by `sort`, such as "-name"."""
    return [[_heading(key, label, sort) for key, label in each.items()] for each in columns]


def _heading(key: str, label: str | Promise, sort: str) -> Heading:
    direction = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    return Heading(label, direction, f"-{key}" if direction == "ascending" else key)
