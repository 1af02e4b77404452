"""Local times and the moments they stand for, over every change of the clocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClockChange:
    """A moment at which the clocks of a zone jump, with what they show before and after."""

    at: datetime
    before: datetime
    after: datetime


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a local time: of two the first, and of none the next that exists."""
    while True:
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if clock_at(moment, zone) == local:
            return moment
        local += _MINUTE


def clock_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clocks of a zone show at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None)


def exists_twice(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show a local time, are put back, and show it once more."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def clock_changes(zone: ZoneInfo, after: datetime, *, days: int) -> Iterator[ClockChange]:
    """Yield the changes of a zone's clocks in the given number of days."""
    start = after.astimezone(UTC).replace(second=0, microsecond=0)
    for day in range(days):
        early, late = start + day * _DAY, start + (day + 1) * _DAY
        if _offset(early, zone) != _offset(late, zone):
            yield _change_between(early, late, zone)


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> ClockChange:
    before, after = _offset(early, zone), _offset(late, zone)
    while late - early > _MINUTE:
        middle = early + (late - early) // (2 * _MINUTE) * _MINUTE
        if _offset(middle, zone) == before:
            early = middle
        else:
            late = middle
    shown = late.replace(tzinfo=None)
    return ClockChange(late, shown + before, shown + after)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
