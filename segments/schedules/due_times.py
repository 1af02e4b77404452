"""When is a scheduled refresh due? Local times, over both changes of daylight saving."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from segments.models import RefreshSchedule

_MINUTE = timedelta(minutes=1)


def next_due(schedule: RefreshSchedule, after: datetime) -> datetime | None:
    """Return the first due time later than `after`; None when the schedule is off."""
    return next(_due_times(schedule, after), None)


def upcoming(schedule: RefreshSchedule, after: datetime, count: int = 3) -> list[datetime]:
    """Return the next due times, fewer than `count` when the schedule is off."""
    return list(islice(_due_times(schedule, after), count))


def _due_times(schedule: RefreshSchedule, after: datetime) -> Iterator[datetime]:
    if schedule.recurrence == RefreshSchedule.Recurrence.OFF or not schedule.times:
        return
    zone = ZoneInfo(schedule.time_zone)
    times = sorted(time.fromisoformat(each) for each in schedule.times)
    last = after
    for day in _days(schedule, after.astimezone(zone).date()):
        for local in times:
            due = _instant(datetime.combine(day, local), zone)
            if due > last:
                last = due
                yield due


def _days(schedule: RefreshSchedule, first: date) -> Iterator[date]:
    is_weekly = schedule.recurrence == RefreshSchedule.Recurrence.WEEKLY
    wanted = set(schedule.weekdays) if is_weekly else set(range(1, 8))
    day = first
    while wanted:
        if day.isoweekday() in wanted:
            yield day
        day += timedelta(days=1)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time: of two the first, and of none the next that exists."""
    while True:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            return instant
        local += _MINUTE
