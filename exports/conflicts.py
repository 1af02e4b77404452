"""Other exports that write to the same list or the same fields of an account: worth a warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exports.mapping import EMAIL, MappedField, Mapping
from exports.models import Export
from segments.models import Segment


@dataclass(frozen=True)
class Conflict:
    """Another export, whether it writes to the same list, and the fields that both fill."""

    other: Export
    same_list: bool
    fields: tuple[str, ...]
    # Who leaves one of the exports is unsubscribed, once the other one does not send them.
    unsubscribes: bool


@dataclass(frozen=True)
class _Value:
    """Where the value of a field comes from: two exports with the same write the same."""

    label: str
    column: str
    sources: frozenset[int]


def find_conflicts(export: Export, segments: Iterable[Segment]) -> list[Conflict]:
    """Return the exports to the same account that may undo what `export` writes, by name.

    `export` need not be saved; `segments` are its own. Contacts belong to the account, so fields
    are shared by all its lists. Two exports that fill a field from the same column of the same
    source agree, and don't count.
    """
    if export.connection is None:
        return []
    others = Export.objects.filter(connection__host=export.connection.host)
    ours = _written(export, segments)
    found = []
    for other in others.exclude(pk=export.pk).prefetch_related("segments").order_by("name"):
        theirs = _written(other, other.segments.all())
        fields = tuple(
            value.label for target, value in ours.items() if _differ(value, theirs.get(target))
        )
        same_list = other.list_id == export.list_id
        if same_list or fields:
            found.append(Conflict(other, same_list, fields, same_list and _either(export, other)))
    return found


def _written(export: Export, segments: Iterable[Segment]) -> dict[str, _Value]:
    """Return what an export fills, by target; the address is what contacts are known by."""
    sources = frozenset(segment.source_id for segment in segments)
    written = {
        field.target: _Value(field.label, field.column, sources)
        for field in Mapping.from_json(export.mapping)
        if field.target != EMAIL
    }
    if export.leavers == Export.Leavers.MARK and export.leaver_field:
        mark = MappedField("", f"field:{export.leaver_field}", title=export.leaver_field_title)
        written[mark.target] = _Value(mark.label, f"{export.left_value}", frozenset())
    return written


def _differ(ours: _Value, theirs: _Value | None) -> bool:
    if theirs is None:
        return False
    is_one_source = len(ours.sources) == 1 and ours.sources == theirs.sources
    return not (is_one_source and ours.column == theirs.column)


def _either(export: Export, other: Export) -> bool:
    return Export.Leavers.UNSUBSCRIBE in (export.leavers, other.leavers)
