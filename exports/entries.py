"""What stands in the form of an export, as a draft keeps it: each field with the texts it sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from config.keys import is_key
from exports.mapping import Mapping as DataMatching
from exports.matching import EVERY_OTHER, ROW_FIELDS, Matching
from exports.models import Export
from exports.option_fields import stored_options
from exports.steps import STEP_FIELDS
from segments.forms.schedule import entered_of

Entries = dict[str, list[str]]
KNOWN = frozenset(name for names in STEP_FIELDS.values() for name in names) | {"version"}
# Nothing that people type or choose is longer or more than that.
LONGEST = 2000
MOST = 2000


def entries_of(export: Export, **changes: Any) -> Entries:
    """Return what the form of a stored export shows; of a new one, what is proposed.

    `changes` are values to show instead, by the name of their field.
    """
    values: dict[str, Any] = {
        "connection": export.connection_id,
        "name": export.name,
        "list_id": export.list_id,
        "segments": [each.pk for each in export.segments.all()] if export.pk else [],
        **entered_of(export),
        **stored_options(export),
        "version": export.version if export.pk else 0,
    }
    return {name: _texts(value) for name, value in (values | changes).items()} | matched(export)


def matched(export: Export) -> Entries:
    """Return the rows of a stored data matching; none of a new one, for which some are suggested.

    What its rows leave out was left out on purpose.
    """
    mapping = DataMatching.from_json(export.mapping)
    if not mapping:
        return {}
    return Matching.of(mapping, ()).entries() | {"declined": [EVERY_OTHER]}


def merged(entries: Mapping[str, list[str]], posted: QueryDict, step: str) -> Entries:
    """Return the entries with what the form of one step has sent.

    A field of that step which is not among it, such as a box that is not ticked, is empty.
    """
    result = {name: list(texts) for name, texts in entries.items() if name in KNOWN}
    for name in KNOWN:
        if name in posted:
            result[name] = [_tidy(text) for text in posted.getlist(name)[:MOST]]
        elif name in STEP_FIELDS[step]:
            result[name] = []
    if ROW_FIELDS[0] not in posted:
        # Without segments there are no rows to show, and what was matched waits for others.
        result |= {name: entries[name] for name in ROW_FIELDS if name in entries}
    result["segments"] = [pk for pk in result.get("segments", ()) if is_key(pk)]
    return result


def as_data(entries: Mapping[str, list[str]]) -> QueryDict:
    """Return the entries as a form takes them."""
    data = QueryDict(mutable=True)
    for name, texts in entries.items():
        if texts:
            data.setlist(name, texts)
    return data


def is_same(these: Mapping[str, list[str]], those: Mapping[str, list[str]]) -> bool:
    """Tell whether two entries would be saved as the same export."""
    return _essence(these) == _essence(those)


def _essence(entries: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    # Types and titles of fields are the account's, and the rest does not get saved.
    aside = {"version", "declined", "confirm_list", "row_type", "row_title", "row_suggested"}
    return {
        name: tuple(sorted(texts) if name == "segments" else texts)
        for name in KNOWN - aside
        if any(texts := entries.get(name, []))
    }


def _texts(value: Any) -> list[str]:
    if value is None:
        return [""]  # a number that was left out of it would get its default back
    if value is False:
        return []
    if value is True:
        return ["on"]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [str(one) for one in value]
    return [str(value)]


def _tidy(text: str) -> str:
    # PostgreSQL takes no NUL.
    return text.replace("\0", "")[:LONGEST]
