"""Forecast: how fast a run goes, whose turn it is on the account, and when it will be finished."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from connections.activecampaign.contacts import MAX_CONTACTS
from connections.activecampaign.limiter import Rates
from connections.limits import rates_of
from connections.models import Connection
from exports.models import Run
from exports.pipeline.confirm import FIRST_POLL
from exports.pipeline.pacing import SECOND, burst, seconds_lost, seconds_until, turn_of
from exports.pipeline.queues import UNDER_WAY, Account, Queue, accounts_of

# How long a result takes until one was seen: it is asked for after two seconds, then after five.
USUAL_LAG = 2 * FIRST_POLL.total_seconds()


@dataclass(frozen=True)
class Forecast:
    """How a run stands among the runs of its account.

    `rate` is how many of its contacts were accepted in the last minute, None before it sends;
    `finish_at` is None when nobody can tell. `place` counts from 1 among the `sharing` runs that
    have something to send; 0 when this one has nothing left.
    """

    rate: int | None = None
    finish_at: datetime | None = None
    place: int = 0
    sharing: int = 0

    @property
    def is_alone(self) -> bool:
        return self.sharing < 2


def forecast_of(run: Run, now: datetime) -> Forecast | None:
    """Return the forecast of one run; None when it is not under way."""
    return forecasts_of([run], now).get(run.pk)


def forecasts_of(runs: Collection[Run], now: datetime) -> dict[int, Forecast]:
    """Return the forecasts of those of the runs that are under way, by their ids.

    Takes a few queries, however many runs there are.
    """
    asked = {run.pk for run in runs if run.status in UNDER_WAY}
    if not asked:
        return {}
    return {
        queue.run.pk: _forecast(queue, account, now)
        for account in accounts_of(asked, now)
        for queue in account.queues
        if queue.run.pk in asked
    }


def minutes_for(contacts: int, connection: Connection) -> int:
    """Return how many minutes so many contacts take when nothing else is sent to the account."""
    if not contacts:
        return 0
    requests = ceil(contacts / MAX_CONTACTS)
    sending = seconds_until(requests, rates_of(connection.host), [])
    return ceil((sending + USUAL_LAG) / 60)


def _forecast(queue: Queue, account: Account, now: datetime) -> Forecast:
    sharers = [other.run.pk for other in account.queues if other.shares]
    seconds = _seconds_left(queue, account)
    return Forecast(
        rate=queue.rate if queue.run.status == Run.Status.SENDING else None,
        finish_at=None if seconds is None else now + timedelta(seconds=seconds),
        place=sharers.index(queue.run.pk) + 1 if queue.shares else 0,
        sharing=len(sharers),
    )


def _seconds_left(queue: Queue, account: Account) -> float | None:
    if queue.run.status == Run.Status.CONFIRMING:
        return _confirming(queue, account.rates)
    if queue.requests is None or queue.stands_still:
        return None
    others = [other.requests or 0 for other in account.queues if other.shares]
    requests = turn_of(queue.requests, others)
    sending = seconds_until(requests, account.rates, account.taken)
    # Results queue up while requests leave together: the more of a minute's, the longer.
    last = burst(requests, account.rates)
    return sending + seconds_lost(requests, account.rates, account.seen) + _lag(queue, last)


def _lag(queue: Queue, burst: float = 1.0) -> float:
    """Return how long the last result takes after such a part of a minute's requests."""
    shortest, longest = min(queue.lags, default=USUAL_LAG), max(queue.lags, default=USUAL_LAG)
    return shortest + burst * (longest - shortest)


def _confirming(queue: Queue, rates: Rates) -> float:
    """Return how long the last results take: as long as those before, as the limits allow."""
    asking = queue.unconfirmed * SECOND / rates.results_per_second
    return max(queue.last_accepted + _lag(queue), queue.last_poll, asking)
