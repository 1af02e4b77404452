"""What runs in the next 48 hours: when, on which account, for how long, and who meets whom."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice, takewhile
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery

from exports.models import Export, Run
from segments.models import RefreshSchedule, Scheduled
from segments.schedules.due_times import due_times

HORIZON = timedelta(hours=48)
# Of one export: a cron expression may name every minute.
_MOST_EACH = 200
# Less is over before anybody has looked: nobody needs to be told of it.
_NOTICEABLE = timedelta(minutes=1)
_DELIVERED = (Run.Status.SUCCESSFUL, Run.Status.WITH_REJECTS)


@dataclass(frozen=True)
class Turn:
    """One export that will run; `takes` is as long as its last run did, None before the first."""

    at: datetime
    export_id: int
    name: str
    host: str
    takes: timedelta | None
    with_refresh: bool


@dataclass(frozen=True)
class Slot:
    """What starts on one account at one moment."""

    at: datetime
    host: str
    turns: Sequence[Turn]
    with_refresh: bool

    @property
    def takes(self) -> timedelta | None:
        """How long they take together; None when that is known of none of them."""
        known = [turn.takes for turn in self.turns if turn.takes is not None]
        return sum(known, timedelta()) if known else None


@dataclass
class Period:
    """A time in which an account is busy without a pause: they share what it can take."""

    host: str
    starts_at: datetime
    ends_at: datetime
    turns: list[Turn] = field(default_factory=list)

    @property
    def exports(self) -> int:
        return len({turn.export_id for turn in self.turns})

    @property
    def is_collision(self) -> bool:
        """Whether several exports meet, and for longer than a moment."""
        return self.exports > 1 and self.ends_at - self.starts_at >= _NOTICEABLE


def turns_after(now: datetime, schedule: RefreshSchedule) -> list[Turn]:
    """Return the runs of the next 48 hours in their order; takes one query."""
    times = _Times(now)
    refreshes = times.of(schedule)
    by_themselves = Q(due_at__lt=now + HORIZON) & ~Q(recurrence=Scheduled.Recurrence.REFRESH)
    with_refresh = Q(recurrence=Scheduled.Recurrence.REFRESH) if refreshes else Q()
    exports: Any = Export.objects.filter(by_themselves | with_refresh, paused_at=None)
    exports = exports.exclude(connection=None).select_related("connection")
    exports = exports.annotate(took=_last_duration()).only(*_NEEDED)
    turns = [turn for export in exports for turn in _turns_of(export, times, refreshes)]
    return sorted(turns, key=lambda turn: (turn.at, turn.host, turn.name.lower()))


def slots_of(turns: Iterable[Turn]) -> list[Slot]:
    """Return the turns by the moment and the account on which they start."""
    grouped = groupby(turns, key=lambda turn: (turn.at, turn.host, turn.with_refresh))
    return [
        Slot(at, host, list(together), with_refresh)
        for (at, host, with_refresh), together in grouped
    ]


def periods_of(turns: Iterable[Turn]) -> dict[str, list[Period]]:
    """Return when each account is busy.

    Runs that meet share its limits, so none is lost and all are done when the sum of their
    times has passed.
    """
    periods: dict[str, list[Period]] = defaultdict(list)
    for turn in turns:
        takes = turn.takes or timedelta()
        of_host = periods[turn.host]
        last = of_host[-1] if of_host else None
        if last is None or (turn.at >= last.ends_at and turn.at != last.turns[-1].at):
            of_host.append(Period(turn.host, turn.at, turn.at + takes, [turn]))
        else:
            last.ends_at = max(last.ends_at, turn.at) + takes
            last.turns.append(turn)
    return dict(periods)


# What is read of each export: there may be a thousand of them.
_NEEDED = (
    "name",
    "recurrence",
    "every_hours",
    "weekdays",
    "month_days",
    "times",
    "cron",
    "time_zone",
    "due_at",
    "connection__host",
)


def _last_duration() -> Subquery:
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    runs = Run.objects.filter(export=OuterRef("pk"), status__in=_DELIVERED)
    return Subquery(runs.order_by("-queued_at", "-pk").annotate(took=took).values("took")[:1])


def _turns_of(export: Any, times: "_Times", refreshes: Sequence[datetime]) -> Iterator[Turn]:
    with_refresh = export.recurrence == Scheduled.Recurrence.REFRESH
    for at in refreshes if with_refresh else times.of(export):
        host = export.connection.host
        yield Turn(at, export.pk, export.name, host, export.took, with_refresh)


class _Times:
    """The due times until the horizon; schedules that are alike are worked out once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._known: dict[tuple[object, ...], list[datetime]] = {}

    def of(self, scheduled: Scheduled) -> list[datetime]:
        """Return when something is due by itself."""
        is_hourly = scheduled.recurrence == Scheduled.Recurrence.HOURLY
        alike = (
            scheduled.recurrence,
            scheduled.every_hours,
            *scheduled.weekdays,
            None,
            *scheduled.month_days,
            None,
            *scheduled.times,
            scheduled.cron,
            scheduled.time_zone,
            scheduled.due_at if is_hourly else None,
        )
        if alike not in self._known:
            moments = (due.at for due in due_times(scheduled, self.now))
            near = takewhile(lambda at: at <= self.now + HORIZON, moments)
            self._known[alike] = list(islice(near, _MOST_EACH))
        return self._known[alike]
