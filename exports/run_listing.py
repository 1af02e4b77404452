"""The history of runs, of one export and of all: what it is filtered and sorted by."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.listing import Choice, Column, Day, Listing
from exports.models import Run
from exports.state_words import SKIPPED_AS

_DAY = timedelta(days=1)
# Runs that were skipped are asked for by their reasons, as they are called everywhere.
STATES: list[tuple[str, str | Promise]] = [
    *((value, label) for value, label in Run.Status.choices if value != Run.Status.SKIPPED),
    *SKIPPED_AS.items(),
]


def runs_of_history(**narrow: Any) -> QuerySet[Any]:
    """Return runs with what a row says of them, without the long texts that it doesn't."""
    runs = Run.objects.filter(**narrow).select_related("export", "started_by")
    return runs.defer("mapping", "options", "segments", "unreachable", "guards", "read_back")


def _in_state(runs: QuerySet[Any], state: str) -> QuerySet[Any]:
    if state in SKIPPED_AS:
        return runs.filter(status=Run.Status.SKIPPED, problem__code=state)
    return runs.filter(status=state)


def _with_rejects(runs: QuerySet[Any], _value: str) -> QuerySet[Any]:
    return runs.filter(Q(rejected_before__gt=0) | Q(rejected_after__gt=0))


def _triggered_by(runs: QuerySet[Any], trigger: str) -> QuerySet[Any]:
    return runs.filter(trigger=trigger)


def _since(runs: QuerySet[Any], day: date) -> QuerySet[Any]:
    return runs.filter(queued_at__gte=_start_of(day))


def _until(runs: QuerySet[Any], day: date) -> QuerySet[Any]:
    return runs.filter(queued_at__lt=_start_of(min(day, date.max - _DAY) + _DAY))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _by_export(runs: QuerySet[Any], words: str) -> QuerySet[Any]:
    return runs.filter(export__name__icontains=words)


_FILTERS = (
    Choice("state", _("Status"), _("Every status"), STATES, _in_state),
    Choice("trigger", _("Trigger"), _("Every trigger"), Run.Trigger.choices, _triggered_by),
    Choice(
        "rejects",
        _("Rejects"),
        _("With and without rejects"),
        [("with", _("With rejects only"))],
        _with_rejects,
    ),
    Day("since", pgettext_lazy("period", "From"), _since),
    Day("until", pgettext_lazy("period", "To"), _until),
)
_RUN = Column(
    "queued", pgettext_lazy("noun", "Run"), "queued_at", is_fixed=True, is_always_there=True
)
_EXPORT = Column("export", _("Export"), Lower("export__name"))
_COUNTED = (
    Column("status", _("Status"), "status"),
    Column("trigger", _("Trigger"), "trigger"),
    Column("members", _("Members"), "members", is_number=True),
    Column("accepted", _("Accepted"), "accepted", is_number=True),
    Column("unchanged", _("Unchanged"), "unchanged", is_number=True, is_shown=False),
    Column("held_back", _("Held back"), "held_back", is_number=True, is_shown=False),
    Column("rejects", _("Rejects"), F("rejected_before") + F("rejected_after"), is_number=True),
    Column("duration", _("Duration"), F("finished_at") - F("started_at"), is_number=True),
)
HISTORY = Listing(
    name="history",
    label=_("Run history"),
    row="exports/_run_row.html",
    nothing=_("No run fits"),
    sort="-queued",
    columns=(_RUN, *_COUNTED),
    filters=_FILTERS,
)
ALL_RUNS = Listing(
    name="runs",
    label=_("Run history"),
    row="exports/_run_row.html",
    nothing=_("No run fits"),
    sort="-queued",
    search=_by_export,
    placeholder=_("Name of the export"),
    columns=(_RUN, _EXPORT, *_COUNTED),
    filters=_FILTERS,
)
