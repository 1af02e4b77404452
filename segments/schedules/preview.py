"""What a schedule means in the days to come, to be looked at before it is saved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from django.utils import timezone

from segments.models import RefreshSchedule, Scheduled
from segments.schedules.clocks import ClockChange, clock_changes
from segments.schedules.due_times import DueTime, afresh, due_times

Recurrence = Scheduled.Recurrence
DATES = 5
CHANGES = 2
# A zone that changes its clocks does so within half a year; the next two are then known.
_DAYS = 400


@dataclass(frozen=True)
class ChangeDay:
    """A change of the clocks, and the due times that it moves or that come twice."""

    change: ClockChange
    due: list[DueTime]


@dataclass(frozen=True)
class Preview:
    """The next dates; of the system's schedule where it is followed."""

    recurrence: str
    time_zone: str
    due: list[DueTime]
    changes: list[ChangeDay]

    @property
    def follows_refresh(self) -> bool:
        return self.recurrence == Recurrence.REFRESH


def preview(scheduled: Scheduled, now: datetime) -> Preview:
    """Return the next five due times as they would be if it were saved now."""
    followed = scheduled
    if scheduled.recurrence == Recurrence.REFRESH:
        followed = RefreshSchedule.objects.current()
    draft = afresh(followed)
    if draft.recurrence == Recurrence.HOURLY:
        # Hours have no time zone; whoever looks has one.
        draft.time_zone = timezone.get_current_timezone_name()
    due = list(islice(due_times(draft, now), DATES))
    changes = list(_change_days(draft, due, now))
    return Preview(scheduled.recurrence, draft.time_zone, due, changes)


def _change_days(draft: Scheduled, due: list[DueTime], now: datetime) -> Iterator[ChangeDay]:
    if not due or draft.recurrence == Recurrence.HOURLY:
        return
    for change in islice(clock_changes(due[0].zone, now, days=_DAYS), CHANGES):
        day = timedelta(days=1)
        around = takewhile(
            lambda each, end=change.at + day: each.at <= end,  # type: ignore[misc]
            due_times(draft, max(now, change.at - day)),
        )
        yield ChangeDay(change, [each for each in around if each.is_moved or each.is_first_of_two])
