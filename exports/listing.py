"""The list of exports: what it is searched, filtered and sorted by, and how their runs stand."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet, Subquery, Value
from django.db.models.expressions import OuterRef
from django.db.models.functions import Coalesce, Lower, NullIf, StrIndex
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.listing import Choice, Column, Listing
from connections.models import Connection
from exports.models import Export, Run
from exports.outlook import attach_outlooks
from segments.models import RefreshSchedule, Scheduled, Segment

NOT_STARTED = "not_started"
NO_CONNECTION = "none"
PAUSED = "paused"
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


def by_attention(field: str) -> StrIndex:
    """Return what orders by a field that is the state of a run: what needs somebody first.

    That is its place in a text: a CASE would look for the last run once for each state it names.
    """
    return StrIndex(Value(" ".join(_BY_ATTENTION)), F(field))


_FIRST_SEGMENT = Subquery(
    Segment.objects.filter(exports=OuterRef("pk"))
    .annotate(folded=Lower("name"))
    .order_by("folded")
    .values("folded")[:1]
)
_WHO_UPDATED = Lower(Coalesce(NullIf("updated_by__full_name", Value("")), "updated_by__email"))


def list_exports(user: User) -> QuerySet[Any]:
    """Return all exports with what their list shows of them, but `last_run`."""
    exports = Export.objects.with_rights_of(user).with_last_run()
    # The same in every row: what a query of its own would find.
    exports = exports.annotate(
        next_refresh_at=Subquery(RefreshSchedule.objects.values("due_at")[:1])
    )
    return exports.select_related("connection", "updated_by").prefetch_related("segments")


def attach_last_runs(exports: Iterable[Any]) -> None:
    """Set `last_run` on each: one query for the page instead of more subqueries for all."""
    shown = list(exports)
    # What a run was asked to do is long, and its page's matter.
    runs = Run.objects.select_related("started_by").defer("mapping", "options", "segments")
    found = runs.in_bulk([export.last_run_id for export in shown if export.last_run_id])
    attach_outlooks(found.values(), timezone.now())
    for export in shown:
        export.last_run = found.get(export.last_run_id)


def by_name(exports: QuerySet[Any], words: str) -> QuerySet[Any]:
    named = Q(name__icontains=words) | Q(connection__name__icontains=words)
    listed = Q(list_name__icontains=words)
    if words.isdecimal() and len(words) < 19:
        listed |= Q(list_id=int(words))
    return exports.filter(named | listed)


def _with_status(exports: QuerySet[Any], status: str) -> QuerySet[Any]:
    return exports.filter(last_status=None if status == NOT_STARTED else status)


def _through(exports: QuerySet[Any], connection: str) -> QuerySet[Any]:
    return exports.filter(connection=None if connection == NO_CONNECTION else connection)


def _scheduled(exports: QuerySet[Any], recurrence: str) -> QuerySet[Any]:
    if recurrence == PAUSED:
        return exports.exclude(paused_at=None)
    return exports.filter(recurrence=recurrence)


def _connections() -> list[tuple[str, str | Promise]]:
    named = Connection.objects.order_by(Lower("name")).values_list("pk", "name")
    return [(NO_CONNECTION, _("No Connection")), *((str(pk), name) for pk, name in named)]


EXPORTS = Listing(
    name="exports",
    label=_("Exports"),
    row="exports/_row.html",
    nothing=_("No export fits"),
    sort="name",
    search=by_name,
    placeholder=_("Name, connection or list"),
    columns=(
        Column("name", _("Display name"), Lower("name"), is_fixed=True),
        Column("status", _("Status"), by_attention("last_status")),
        Column("last_run", _("Last run"), "last_run_at"),
        Column("segments", _("Segments"), _FIRST_SEGMENT),
        Column("connection", _("Connection used"), Lower("connection__name")),
        Column("list", _("List"), Lower("list_name"), is_shown=False),
        Column("schedule", _("Schedule"), "recurrence"),
        Column("type", _("Type"), is_shown=False),
        Column("permissions", _("Your permissions"), "can_edit", is_shown=False),
        Column(
            "updated",
            _("Last updated"),
            "updated_at",
            also={"updated_by": (_("Updated by"), _WHO_UPDATED)},
            is_shown=False,
        ),
    ),
    filters=(
        Choice("status", _("Status"), _("Every status"), STATUSES, _with_status),
        Choice("connection", _("Connection used"), _("Every connection"), _connections, _through),
        Choice(
            "schedule",
            _("Schedule"),
            _("Every schedule"),
            [*Scheduled.Recurrence.choices, (PAUSED, _("Those that are paused"))],
            _scheduled,
        ),
    ),
)
