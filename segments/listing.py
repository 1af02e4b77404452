"""The list of segments as somebody asked for it: searched, filtered, sorted and paged."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.searching import search_words
from segments.models import RefreshTask, Segment, Tag

PAGE_SIZE = 50
STATES: list[tuple[str, str | Promise]] = [("active", _("Active")), ("inactive", _("Inactive"))]
# The last refresh came later than the snapshot, which saving a segment makes as well.
_IS_NEWEST = Q(snapshot=None) | Q(snapshot__created_at__lt=F("last_task_at"))
SORTS: dict[str, Any] = {
    "name": Lower("name"),
    "kind": F("kind"),
    "state": F("is_active"),
    # What needs somebody comes first, as in refreshes/standing.py.
    "status": Case(
        When(last_task__in=RefreshTask.UNFINISHED, then=Value(2)),
        When(problem__isnull=False, then=Value(0)),
        When(_IS_NEWEST & Q(last_task=RefreshTask.Status.FAILED), then=Value(0)),
        When(_IS_NEWEST & Q(last_task=RefreshTask.Status.SKIPPED), then=Value(1)),
        When(snapshot=None, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    ),
    "members": F("snapshot__members"),
    "refreshed": F("snapshot__created_at"),
    "schedule": F("recurrence"),
    "exports": F("export_count"),
}


@dataclass(frozen=True)
class Listing:
    """One page of segments, and what was asked for."""

    page: Page[Any]
    search: str
    tag: str
    kind: str
    state: str
    sort: str
    # False when there is no segment at all, whatever was asked for.
    any: bool

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.tag or self.kind or self.state)


def list_segments(asked: QueryDict) -> Listing:
    """Return the page that a query string asks for; what it can't mean is ignored."""
    search, tag = search_words(asked), asked.get("tag", "").replace("\0", "")
    kind = _one_of(asked.get("kind", ""), Segment.Kind.values)
    state = _one_of(asked.get("state", ""), dict(STATES))
    sort = asked.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else "name"
    segments = _with_last_task(Segment.objects.select_related("source", "snapshot"))
    # Exports stand above this room; they are counted through the relation.
    segments = segments.annotate(export_count=Count("exports")).prefetch_related("tags")
    found = _found_by(segments, search)
    if tag:
        found = found.filter(Exists(_tags_of_it().filter(name=tag)))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(is_active=state == "active")
    page = Paginator(found.order_by(*_ordering(sort)), PAGE_SIZE).get_page(asked.get("page"))
    is_any = bool(page) or Segment.objects.exists()
    return Listing(page, search, tag, kind, state, sort, any=is_any)


def _with_last_task(segments: QuerySet[Segment]) -> QuerySet[Any]:
    tasks = RefreshTask.objects.filter(segment=OuterRef("pk")).order_by("-pk")
    return segments.annotate(
        last_task=Subquery(tasks.values("status")[:1]),
        last_task_at=Subquery(tasks.values("finished_at")[:1]),
    )


def _one_of(text: str, known: Any) -> str:
    return text if text in known else ""


def _found_by(segments: QuerySet[Any], search: str) -> QuerySet[Any]:
    if not search:
        return segments
    tagged = Exists(_tags_of_it().filter(name__icontains=search))
    return segments.filter(Q(name__icontains=search) | tagged)


def _tags_of_it() -> QuerySet[Tag]:
    return Tag.objects.filter(segments=OuterRef("pk"))


def _ordering(sort: str) -> tuple[OrderBy, str]:
    column = OrderBy(SORTS[sort.removeprefix("-")], descending=sort[0] == "-", nulls_last=True)
    return column, "pk"
