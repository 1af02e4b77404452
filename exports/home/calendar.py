"""The next 48 hours as a page shows them: a strip for each account, sentences, and a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.templatetags.moments import formatted
from exports.home.upcoming import (
    HORIZON,
    Period,
    Slot,
    Turn,
    periods_of,
    slots_of,
    turns_after,
)
from segments.models import RefreshSchedule

# Rows of the table, strips, and sentences: more than anybody reads on a first page.
SLOTS = 24
LANES = 8
COLLISIONS = 5
# Exports named in one row.
NAMES = 4
# A unit of the strip is a minute; what is shorter than this could not be seen.
_THINNEST = 8
WIDTH = int(HORIZON / timedelta(minutes=1))
_TICKS = 4


@dataclass(frozen=True)
class Bar:
    """A time in which an account is busy, on its strip."""

    x: int
    width: int
    is_collision: bool
    label: str


@dataclass(frozen=True)
class Lane:
    """One account and its strip."""

    host: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Row:
    """What starts at one moment on one account; `rest` counts the exports not named."""

    slot: Slot
    named: Sequence[Turn]
    rest: int


@dataclass(frozen=True)
class Calendar:
    """The next 48 hours; `rest` counts the rows that are left out."""

    days: Sequence[tuple[date, Sequence[Row]]]
    rest: int
    lanes: Sequence[Lane]
    collisions: Sequence[str]
    ticks: Sequence[datetime]
    midnights: Sequence[int]
    width: int = WIDTH


def calendar_of(now: datetime, schedule: RefreshSchedule) -> Calendar:
    """Return what comes in the next 48 hours, in the reader's time zone."""
    start = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    turns = turns_after(now, schedule)
    slots = slots_of(turns)
    periods = periods_of(turns)
    meetings = [each for busy in periods.values() for each in busy if each.is_collision]
    return Calendar(
        days=_days(slots[:SLOTS]),
        rest=max(0, len(slots) - SLOTS),
        lanes=[Lane(host, _bars(periods[host], start)) for host in sorted(periods)[:LANES]],
        collisions=[
            _collision(each, now)
            for each in sorted(meetings, key=lambda each: each.starts_at)[:COLLISIONS]
        ],
        ticks=[start + HORIZON / _TICKS * tick for tick in range(_TICKS + 1)],
        midnights=_midnights(start),
    )


def _days(slots: Iterable[Slot]) -> list[tuple[date, list[Row]]]:
    by_day = groupby(slots, key=lambda slot: timezone.localtime(slot.at).date())
    return [(day, [_row(slot) for slot in of_day]) for day, of_day in by_day]


def _row(slot: Slot) -> Row:
    return Row(slot, slot.turns[:NAMES], max(0, len(slot.turns) - NAMES))


def _bars(periods: Iterable[Period], start: datetime) -> list[Bar]:
    return [
        Bar(
            x=_minutes(period.starts_at - start),
            width=max(_THINNEST, _minutes(period.ends_at - period.starts_at)),
            is_collision=period.is_collision,
            label=_busy(period),
        )
        for period in periods
    ]


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))


def _midnights(start: datetime) -> list[int]:
    days = [start.date() + timedelta(days=ahead) for ahead in (1, 2)]
    midnights = [datetime(day.year, day.month, day.day, tzinfo=start.tzinfo) for day in days]
    places = [_minutes(midnight.astimezone() - start.astimezone()) for midnight in midnights]
    return [place for place in places if place < WIDTH]


def _busy(period: Period) -> str:
    text = ngettext("%(count)d run from %(start)s", "%(count)d runs from %(start)s", _runs(period))
    return text % {"count": _runs(period), "start": _clock(period.starts_at)}


def _runs(period: Period) -> int:
    return len(period.turns)


def _collision(period: Period, now: datetime) -> str:
    """Say that several exports meet on an account, and when the last of them is done."""
    text = ngettext(
        "%(count)d export on %(host)s %(when)s, the last is done about %(end)s",
        "%(count)d exports on %(host)s %(when)s, the last is done about %(end)s",
        period.exports,
    )
    return text % {
        "count": period.exports,
        "host": period.host,
        "when": _when(period, now),
        "end": _clock(period.ends_at),
    }


def _when(period: Period, now: datetime) -> str:
    first, last = period.turns[0].at, period.turns[-1].at
    if first != last:
        texts = {
            0: _("between %(first)s and %(last)s"),
            1: _("tomorrow between %(first)s and %(last)s"),
        }
        fallback = _("on %(day)s between %(first)s and %(last)s")
    else:
        texts = {0: _("at %(first)s"), 1: _("tomorrow at %(first)s")}
        fallback = _("on %(day)s at %(first)s")
    local = timezone.localtime(first)
    ahead = (local.date() - timezone.localdate(now)).days
    values = {"first": _clock(first), "last": _clock(last), "day": formats.date_format(local, "l")}
    return texts.get(ahead, fallback) % values


def _clock(at: datetime) -> str:
    return formatted(at, "TIME_FORMAT")
