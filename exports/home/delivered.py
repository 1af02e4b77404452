"""What was delivered, day by day, and what ran since yesterday."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from exports.models import Run

DAYS = 14
# Of what ran since yesterday so many are named; of what runs now, all that have a turn.
SHOWN = 30
# What a table of runs shows: they have three times as many columns.
_SHOWN = (
    *("status", "trigger", "problem", "queued_at", "started_at", "planned_at", "finished_at"),
    *("members", "accepted", "unchanged", "rejected_before", "rejected_after"),
    *("export__name", "started_by__full_name", "started_by__email"),
)


@dataclass
class Day:
    """A day in the reader's time zone: how many contacts, and how many runs ended how."""

    on: date
    accepted: int = 0
    runs: Counter[str] = field(default_factory=Counter)


def last_days(now: datetime) -> list[Day]:
    """Return the last days, today last, each with what it brought."""
    today = timezone.localdate(now)
    days = [Day(today - timedelta(days=ago)) for ago in range(DAYS - 1, -1, -1)]
    by_date = {day.on: day for day in days}
    ended = Run.objects.filter(finished_at__gte=midnight(days[0].on), finished_at__lte=now)
    ended_on = TruncDate("finished_at", tzinfo=timezone.get_current_timezone())
    counted = ended.annotate(on=ended_on).values_list("on", "status")
    for on, status, runs, accepted in counted.annotate(Count("pk"), Sum("accepted")).order_by():
        by_date[on].runs[status] += runs
        by_date[on].accepted += accepted
    return days


def ended_since_yesterday(days: Sequence[Day]) -> list[tuple[str, int]]:
    """Return the states in which runs ended yesterday and today, with how many did."""
    counts = days[-1].runs + days[-2].runs
    return [(status, counts[status]) for status in Run.FINISHED if counts[status]]


def under_way_and_ended(now: datetime) -> tuple[list[Run], list[Run]]:
    """Return the runs under way, and the last of those that ended since yesterday."""
    since = midnight(timezone.localdate(now) - timedelta(days=1))
    under_way = Q(finished_at=None, status__in=Run.ACTIVE) & ~Q(status=Run.Status.NEEDS_APPROVAL)
    runs = Run.objects.select_related("export", "started_by").only(*_SHOWN)
    # As the index has them: what has not ended first, then the last to end.
    latest = F("finished_at").desc(nulls_first=True)
    found = runs.filter(under_way | Q(finished_at__gte=since)).order_by(latest, "-pk")[:SHOWN]
    return (
        [run for run in found if not run.is_finished],
        [run for run in found if run.is_finished],
    )


def midnight(day: date) -> datetime:
    """Return when a day begins for the reader."""
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
