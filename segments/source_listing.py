"""The list of sources: what it is searched, filtered and sorted by."""

from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from config.listing import Choice, Column, Listing
from segments.models import RefreshTask, Source

_TASKS = RefreshTask.objects.filter(source=OuterRef("pk")).order_by("-pk")
_IS_NEWEST = Q(table=None) | Q(table__created_at__lt=F("last_task_at"))
# What needs somebody comes first, as in refreshes/standing.py.
_STATUS = Case(
    When(last_task__in=RefreshTask.UNFINISHED, then=Value(2)),
    When(problem__isnull=False, then=Value(0)),
    When(_IS_NEWEST & Q(last_task=RefreshTask.Status.FAILED), then=Value(0)),
    When(_IS_NEWEST & Q(last_task=RefreshTask.Status.SKIPPED), then=Value(1)),
    When(table=None, then=Value(3)),
    default=Value(4),
    output_field=IntegerField(),
)


def list_sources() -> QuerySet[Any]:
    """Return all sources with what their list shows of them, but how they stand."""
    return Source.objects.select_related("table").annotate(
        last_task=Subquery(_TASKS.values("status")[:1]),
        last_task_at=Subquery(_TASKS.values("finished_at")[:1]),
        segment_count=Count("segments", distinct=True),
        # Exports stand above this room; they are counted through the relation.
        export_count=Count("segments__exports", distinct=True),
    )


SOURCES = Listing(
    name="sources",
    label=_("Sources"),
    row="segments/_source_row.html",
    nothing=_("No source fits"),
    sort="name",
    search=lambda sources, words: sources.filter(name__icontains=words),
    placeholder=_("Search sources"),
    columns=(
        Column("name", _("Display name"), Lower("name"), is_fixed=True),
        Column("kind", _("Type"), "kind"),
        Column("status", _("Status"), _STATUS),
        Column("profiles", _("Profiles"), "table__rows", is_number=True),
        Column("columns", _("Columns"), is_number=True, is_shown=False),
        Column("refreshed", _("Last refreshed"), "table__created_at"),
        Column("schedule", _("Schedule"), "recurrence"),
        Column("uses", _("Used by"), "segment_count"),
    ),
    filters=(
        Choice(
            "kind",
            _("Type"),
            _("Every type"),
            Source.Kind.choices,
            lambda sources, kind: sources.filter(kind=kind),
        ),
    ),
)
