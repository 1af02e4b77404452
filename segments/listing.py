"""The list of segments: what it is searched, filtered and sorted by."""

from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
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
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.listing import Choice, Column, Listing
from segments.models import RefreshTask, Segment, Tag
from segments.tags import all_tags

STATES: list[tuple[str, str | Promise]] = [("active", _("Active")), ("inactive", _("Inactive"))]
# The last refresh came later than the snapshot, which saving a segment makes as well.
_IS_NEWEST = Q(snapshot=None) | Q(snapshot__created_at__lt=F("last_task_at"))
# What needs somebody comes first, as in refreshes/standing.py.
_STATUS = Case(
    When(last_task__in=RefreshTask.UNFINISHED, then=Value(2)),
    When(problem__isnull=False, then=Value(0)),
    When(_IS_NEWEST & Q(last_task=RefreshTask.Status.FAILED), then=Value(0)),
    When(_IS_NEWEST & Q(last_task=RefreshTask.Status.SKIPPED), then=Value(1)),
    When(snapshot=None, then=Value(3)),
    default=Value(4),
    output_field=IntegerField(),
)


def list_segments() -> QuerySet[Any]:
    """Return all segments with what their list shows of them, but how they stand."""
    segments = _with_last_task(Segment.objects.select_related("source", "snapshot"))
    # Exports stand above this room; they are counted through the relation.
    counted: QuerySet[Any] = segments.annotate(export_count=Count("exports"))
    return counted.prefetch_related("tags")


def _with_last_task(segments: QuerySet[Segment]) -> QuerySet[Any]:
    tasks = RefreshTask.objects.filter(segment=OuterRef("pk")).order_by("-pk")
    return segments.annotate(
        last_task=Subquery(tasks.values("status")[:1]),
        last_task_at=Subquery(tasks.values("finished_at")[:1]),
    )


def _found_by(segments: QuerySet[Any], search: str) -> QuerySet[Any]:
    tagged = Exists(_tags_of_it().filter(name__icontains=search))
    return segments.filter(Q(name__icontains=search) | tagged)


def _tags_of_it() -> QuerySet[Tag]:
    return Tag.objects.filter(segments=OuterRef("pk"))


def _tagged(segments: QuerySet[Any], tag: str) -> QuerySet[Any]:
    return segments.filter(Exists(_tags_of_it().filter(name=tag)))


def _all_tags() -> list[tuple[str, str | Promise]]:
    return [(str(tag), str(tag)) for tag in all_tags()]


SEGMENTS = Listing(
    name="segments",
    label=_("Segments"),
    row="segments/_row.html",
    nothing=_("No segment fits"),
    sort="name",
    search=_found_by,
    placeholder=_("Name or tag"),
    columns=(
        Column("name", _("Display name"), Lower("name"), is_fixed=True),
        Column("status", _("Status"), _STATUS),
        Column("members", _("Members"), "snapshot__members", is_number=True),
        Column("refreshed", _("Last refreshed"), "snapshot__created_at"),
        Column("kind", _("Type"), "kind", also={"state": (_("State"), "is_active")}),
        Column("source", _("Source"), Lower("source__name"), is_shown=False),
        Column("schedule", _("Schedule"), "recurrence"),
        Column("exports", _("Used by"), "export_count"),
    ),
    filters=(
        Choice("tag", _("Tag"), _("Every tag"), _all_tags, _tagged),
        Choice(
            "kind",
            _("Type"),
            _("Every type"),
            Segment.Kind.choices,
            lambda segments, kind: segments.filter(kind=kind),
        ),
        Choice(
            "state",
            _("State"),
            _("Active and inactive"),
            STATES,
            lambda segments, state: segments.filter(is_active=state == "active"),
        ),
    ),
)
