"""Whom a change of the system's schedule leaves without news.

What has a schedule of its own runs whenever that says so. But a segment reads the profiles of its
source, and an export sends its segments' members: where those come with the scheduled refresh, a
refresh that comes more rarely makes it run over the same again.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import Any

from segments.models import RefreshSchedule, Scheduled, Segment
from segments.schedules.due_times import afresh, due_times

Recurrence = Scheduled.Recurrence
# Long enough to hold two times of everything monthly.
_HORIZON = timedelta(days=63)
_MOST = 300


def left_without_news(
    *, before: RefreshSchedule, after: RefreshSchedule, now: datetime
) -> list[Any]:
    """Return the segments and exports that `after` makes run without news, unlike `before`.

    That is: a due time of theirs comes without a refresh since their last one.
    """
    times_before, times_after = (_times(schedule, now) for schedule in (before, after))
    if set(times_before) <= set(times_after):
        return []
    return [
        dependent
        for dependent in _dependents()
        if _stale(dependent, times_after, now) > _stale(dependent, times_before, now)
    ]


def _dependents() -> list[Any]:
    """Return what has a schedule of its own and relies on the system's refresh."""
    segments = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, is_active=True)
    # Exports stand above this room; they come through the relation.
    segments = segments.select_related("source").prefetch_related("exports").order_by("name")
    found = [segment for segment in segments if _relies_on_refresh(segment)]
    exports = {export.pk: export for segment in found for export in segment.exports.all()}
    return [each for each in [*found, *exports.values()] if _has_own(each)]


def _relies_on_refresh(segment: Segment) -> bool:
    if segment.recurrence == Recurrence.REFRESH:
        return True
    return _has_own(segment) and segment.source.recurrence == Recurrence.REFRESH


def _has_own(scheduled: Scheduled) -> bool:
    return scheduled.recurrence not in (Recurrence.REFRESH, Recurrence.OFF)


def _stale(scheduled: Scheduled, refreshes: Sequence[datetime], now: datetime) -> int:
    """Return how often it would run with no refresh since its run before."""
    return sum(
        bisect_right(refreshes, earlier) == bisect_right(refreshes, later)
        for earlier, later in pairwise(_times(scheduled, now))
    )


def _times(scheduled: Scheduled, now: datetime) -> list[datetime]:
    until = now + _HORIZON
    moments: Iterable[datetime] = (due.at for due in due_times(afresh(scheduled), now))
    return list(islice(takewhile(lambda moment: moment <= until, moments), _MOST))
