"""When is something due? Every recurrence, over every change of the clocks.

Local times are what counts: a time that does not exist on a day runs at the next one that does,
and a time that exists twice runs once. Only what counts hours (“every 6 hours”, a cron expression
with * for its hours) takes the hours as they pass.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from segments.models import Scheduled
from segments.schedules.clocks import clock_at, exists_twice, moment_of
from segments.schedules.cron import cron_clock_times, cron_moments, is_every_hour

Recurrence = Scheduled.Recurrence
_DAY = timedelta(days=1)
_EVERY_DAY = range(1, 8)
S = TypeVar("S", bound=Scheduled)


@dataclass(frozen=True)
class DueTime:
    """A moment at which something is due, and the local time it stands for, if any."""

    at: datetime
    zone: ZoneInfo
    meant: datetime | None = None

    @property
    def shown(self) -> datetime:
        """What the clocks show then."""
        return clock_at(self.at, self.zone)

    @property
    def is_moved(self) -> bool:
        """Whether the time that was meant does not exist on that day."""
        return self.meant is not None and self.shown != self.meant

    @property
    def is_first_of_two(self) -> bool:
        """Whether the clocks show the time that was meant once more, when nothing runs."""
        return self.meant is not None and exists_twice(self.meant, self.zone)


def next_due(scheduled: Scheduled, after: datetime) -> datetime | None:
    """Return the first due time later than `after`; None when nothing is due by itself."""
    return next((due.at for due in due_times(scheduled, after)), None)


def afresh(scheduled: S) -> S:
    """Return a copy that was never due, as a schedule is when it is saved."""
    draft = copy(scheduled)
    draft.due_at = None
    return draft


def due_times(scheduled: Scheduled, after: datetime) -> Iterator[DueTime]:
    """Yield the due times later than `after`, in order, each moment once."""
    zone = ZoneInfo(scheduled.time_zone)
    last = after
    for due in _all_due_times(scheduled, after, zone):
        if due.at > last:
            last = due.at
            yield due


def _all_due_times(scheduled: Scheduled, after: datetime, zone: ZoneInfo) -> Iterator[DueTime]:
    """Yield them from shortly before `after`; two may fall on one moment."""
    if scheduled.recurrence == Recurrence.HOURLY:
        moments = _every_hours(scheduled, after)
    elif scheduled.recurrence == Recurrence.CRON and is_every_hour(scheduled.cron):
        moments = cron_moments(scheduled.cron, after, zone)
    else:
        for local in _clock_times(scheduled, clock_at(after, zone)):
            yield DueTime(moment_of(local, zone), zone, local)
        return
    for moment in moments:
        yield DueTime(moment.astimezone(UTC), zone)


def _every_hours(scheduled: Scheduled, after: datetime) -> Iterator[datetime]:
    """Yield every N hours, counted from the due time that is stored, else from now."""
    step = timedelta(hours=scheduled.every_hours)
    first = scheduled.due_at or after.replace(second=0, microsecond=0) + step
    if first <= after:
        first += ((after - first) // step + 1) * step
    while True:
        yield first
        first += step


def _clock_times(scheduled: Scheduled, after: datetime) -> Iterator[datetime]:
    """Yield the local times that a schedule names, from the day of `after` on."""
    match scheduled.recurrence:
        case Recurrence.CRON:
            return cron_clock_times(scheduled.cron, after)
        case Recurrence.DAILY:
            days = _days_of_week(_EVERY_DAY, after.date())
        case Recurrence.WEEKLY:
            days = _days_of_week(scheduled.weekdays, after.date())
        case Recurrence.MONTHLY:
            days = _days_of_month(scheduled.month_days, after.date())
        case _:
            days = iter(())
    times = sorted(time.fromisoformat(each) for each in scheduled.times)
    if not times:
        return iter(())
    return (datetime.combine(day, local) for day in days for local in times)


def _days_of_week(wanted: Iterable[int], first: date) -> Iterator[date]:
    """Yield the days from `first` on that are one of these ISO weekdays."""
    wanted = set(wanted)
    while wanted:
        if first.isoweekday() in wanted:
            yield first
        first += _DAY


def _days_of_month(wanted: Iterable[int], first: date) -> Iterator[date]:
    """Yield these days of each month; a day that the month lacks is its last one."""
    wanted = set(wanted)
    month = first.replace(day=1)
    while wanted:
        last = monthrange(month.year, month.month)[1]
        for day in sorted({min(day, last) for day in wanted}):
            if (found := month.replace(day=day)) >= first:
                yield found
        month = month.replace(day=last) + _DAY
