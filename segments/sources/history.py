"""The tables a source had, what changed with each, and how long reading it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from segments.columns import ColumnType
from segments.models import ProfileTable, RefreshTask, Source
from segments.sources.changes import Changes, TypeChange

# Of how many refreshes the times are looked up, for the tables that are shown.
_TASKS = 100


@dataclass(frozen=True)
class PastTable:
    """A table of a source, what it changed in words, and how long it took to read."""

    table: ProfileTable
    changes: list[str]
    took: timedelta | None


def history_of(source: Source, *, limit: int) -> list[PastTable]:
    """Return the last tables of a source, the newest first."""
    tables = source.tables.select_related("created_by").order_by("-pk")[:limit]
    tasks = source.tasks.filter(status=RefreshTask.Status.SUCCESSFUL).order_by("-pk")[:_TASKS]
    done = list(tasks)
    return [PastTable(each, in_words(each.changes), _took(each, done)) for each in tables]


def in_words(changes: Changes | None) -> list[str]:
    """Return what changed with a table, a sentence each; [] of the first one."""
    if changes is None:
        return []
    said = [*_rows(changes), *_columns(changes)]
    said += [_type(change) for change in changes["types_changed"]]
    return said or [gettext("The same profiles and columns as before.")]


def _took(table: ProfileTable, tasks: Sequence[RefreshTask]) -> timedelta | None:
    """Return how long the refresh took that made a table: it was put in place during it."""
    return next(
        (
            task.took
            for task in tasks
            if task.started_at
            and task.finished_at
            and task.started_at <= table.created_at <= task.finished_at
        ),
        None,
    )


def _rows(changes: Changes) -> list[str]:
    added, removed = changes["rows_added"], changes["rows_removed"]
    said = []
    if added:
        text = ngettext("%(count)s profile added.", "%(count)s profiles added.", added)
        said.append(text % {"count": number_format(added, force_grouping=True)})
    if removed:
        text = ngettext("%(count)s profile removed.", "%(count)s profiles removed.", removed)
        said.append(text % {"count": number_format(removed, force_grouping=True)})
    if added is None or removed is None:
        before = changes["rows_before"]
        text = ngettext("%(count)s profile before.", "%(count)s profiles before.", before)
        said.append(text % {"count": number_format(before, force_grouping=True)})
    return said


def _columns(changes: Changes) -> list[str]:
    said = []
    if new := changes["columns_added"]:
        text = ngettext("New column: %(names)s.", "New columns: %(names)s.", len(new))
        said.append(text % {"names": ", ".join(new)})
    if gone := changes["columns_gone"]:
        text = ngettext("Column gone: %(names)s.", "Columns gone: %(names)s.", len(gone))
        said.append(text % {"names": ", ".join(gone)})
    return said


def _type(change: TypeChange) -> str:
    return gettext("“%(column)s” looks like %(now)s now, and was %(before)s.") % {
        "column": change["column"],
        "before": ColumnType(change["before"]).label,
        "now": ColumnType(change["now"]).label,
    }
