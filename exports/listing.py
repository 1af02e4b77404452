"""The list of exports as somebody asked for it: searched, filtered, sorted and paged."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, IntegerField, OrderBy, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import OuterRef
from django.db.models.functions import Coalesce, Lower, NullIf
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.searching import search_words
from exports.models import Export, Run
from exports.outlook import attach_outlooks
from segments.models import Segment

PAGE_SIZE = 50
NOT_STARTED = "not_started"
STATUSES: list[tuple[str, str | Promise]] = [(NOT_STARTED, _("Not started")), *Run.Status.choices]

# What needs somebody comes first when sorted by status.
_BY_ATTENTION = (
    Run.Status.NEEDS_APPROVAL,
    Run.Status.FAILED,
    Run.Status.WITH_REJECTS,
    *(status for status in Run.ACTIVE if status != Run.Status.NEEDS_APPROVAL),
    Run.Status.CANCELED,
    Run.Status.SKIPPED,
    Run.Status.SUCCESSFUL,
)
_FIRST_SEGMENT = Subquery(
    Segment.objects.filter(exports=OuterRef("pk"))
    .annotate(folded=Lower("name"))
    .order_by("folded")
    .values("folded")[:1]
)
SORTS: dict[str, Any] = {
    "name": Lower("name"),
    "connection": Lower("connection__name"),
    "segments": _FIRST_SEGMENT,
    "status": Case(
        *(When(last_status=status, then=Value(rank)) for rank, status in enumerate(_BY_ATTENTION)),
        output_field=IntegerField(),
    ),
    "last_run": F("last_run_at"),
    "schedule": F("recurrence"),
    "permissions": F("can_edit"),
    "updated": F("updated_at"),
    "updated_by": Lower(Coalesce(NullIf("updated_by__full_name", Value("")), "updated_by__email")),
}


@dataclass(frozen=True)
class Listing:
    """One page of exports, and what was asked for."""

    page: Page[Any]
    search: str
    status: str
    sort: str
    # False when there is no export at all, whatever was asked for.
    any: bool

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.status)


def list_exports(asked: QueryDict, user: User) -> Listing:
    """Return the page that a query string asks for; what it can't mean is ignored."""
    search = search_words(asked)
    status = asked.get("status", "")
    status = status if status in dict(STATUSES) else ""
    sort = asked.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else "name"
    exports = Export.objects.with_rights_of(user).with_last_run()
    exports = exports.select_related("connection", "updated_by").prefetch_related("segments")
    found = _with_status(_found_by(exports, search), status).order_by(*_ordering(sort))
    page = Paginator(found, PAGE_SIZE).get_page(asked.get("page"))
    _attach_last_runs(page.object_list)
    return Listing(page, search, status, sort, any=bool(page) or Export.objects.exists())


def _found_by(exports: QuerySet[Any], search: str) -> QuerySet[Any]:
    if not search:
        return exports
    named = Q(name__icontains=search) | Q(connection__name__icontains=search)
    listed = Q(list_name__icontains=search)
    if search.isdecimal() and len(search) < 19:
        listed |= Q(list_id=int(search))
    return exports.filter(named | listed)


def _with_status(exports: QuerySet[Any], status: str) -> QuerySet[Any]:
    if status == NOT_STARTED:
        return exports.filter(last_status=None)
    return exports.filter(last_status=status) if status else exports


def _ordering(sort: str) -> tuple[OrderBy, str]:
    column = OrderBy(SORTS[sort.removeprefix("-")], descending=sort[0] == "-", nulls_last=True)
    return column, "pk"


def _attach_last_runs(exports: Iterable[Any]) -> None:
    """Set `last_run` on each: one query for the page instead of more subqueries for all."""
    shown = list(exports)
    runs = Run.objects.select_related("started_by").in_bulk(
        [export.last_run_id for export in shown if export.last_run_id]
    )
    attach_outlooks(runs.values(), timezone.now())
    for export in shown:
        export.last_run = runs.get(export.last_run_id)
