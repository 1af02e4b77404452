"""Which exports contain a segment, and changing that from the segment's side."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from exports.mapping import Mapping
from exports.models import Export
from segments.models import Segment


class ColumnsMissing(Exception):
    """The segment's source lacks columns that the export sends: `columns`."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(f"{len(columns)} columns")
        self.columns = list(columns)


class LastSegment(Exception):
    """The export would have no segment left."""


@transaction.atomic
def add_segment(*, export: Export, segment: Segment, user: User, now: datetime) -> None:
    """Let an export send a segment too; the next run does. Raises ColumnsMissing."""
    if missing := missing_columns(export, segment):
        raise ColumnsMissing(missing)
    locked = _locked(export)
    locked.segments.add(segment)
    _note(locked, user, now)


@transaction.atomic
def remove_segment(*, export: Export, segment: Segment, user: User, now: datetime) -> None:
    """Let an export send a segment no longer; raises LastSegment."""
    locked = _locked(export)
    if not locked.segments.exclude(pk=segment.pk).exists():
        raise LastSegment
    locked.segments.remove(segment)
    _note(locked, user, now)


def missing_columns(export: Export, segment: Segment) -> list[str]:
    """Return the columns that the export sends and the segment's source doesn't have."""
    there = segment.source.column_types
    return [name for name in Mapping.from_json(export.mapping).columns if name not in there]


def _locked(export: Export) -> Export:
    # Two people may take away a segment each, which must not leave none.
    found: Export = Export.objects.select_for_update().get(pk=export.pk)
    return found


def _note(export: Export, user: User, now: datetime) -> None:
    """Let who has the export's form open know that it has changed."""
    export.version += 1
    export.author(user, now).save(update_fields=["version", "updated_at", "updated_by"])
