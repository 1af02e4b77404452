"""Whether a run says truly how fast it goes, whose turn it is, and when it will be finished."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exports.models import Batch, Run
from exports.pipeline.forecast import forecast_of, forecasts_of, minutes_for
from tests.factories import NOW, make_connection, make_export, make_run, make_segment, make_source

SENDING = Run.Status.SENDING
# Seconds from a request to its result, and in which as many requests leave as may in a second:
# a slot counts from its answer.
LAG = 3.0
ANSWERED = 1.15
BULK_PER_MINUTE = 95
REQUESTS_PER_SECOND = 5


@pytest.fixture
def account(db, settings):
    """A connection to an account with the documented limits."""
    settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = BULK_PER_MINUTE
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = REQUESTS_PER_SECOND
    return make_connection()


def make_sending(account, batches: int, *, planned_at: datetime = NOW, **fields) -> Run:
    """Return a run that has so many batches of 250 to send, none of them sent yet."""
    fields.setdefault("status", SENDING)
    export = make_export([], connection=account)
    run = make_run(
        export, host=account.host, planned_at=planned_at, to_send=250 * batches, **fields
    )
    Batch.objects.bulk_create(
        [Batch(run=run, first=250 * n, size=250) for n in range(batches)], batch_size=500
    )
    return run


def send(run: Run, accepted_at: list[datetime], *, now: datetime) -> None:
    """Let the ledger say what was accepted, and confirmed three seconds later, until now."""
    batches = list(run.batches.order_by("first")[: len(accepted_at)])
    for batch, at in zip(batches, accepted_at, strict=True):
        result_at = at + timedelta(seconds=LAG)
        batch.status, batch.accepted_at, batch.poll_at = Batch.Status.ACCEPTED, at, result_at
        if result_at <= now:
            batch.status, batch.finished_at = Batch.Status.CONFIRMED, result_at
    Batch.objects.bulk_update(batches, ["status", "accepted_at", "poll_at", "finished_at"])


def deliver_by_the_limits(batches: list[int]) -> list[list[float]]:
    """Return when each request of several runs leaves that take turns, slot by slot."""
    left: list[list[float]] = [[] for _ in batches]
    tick = 0
    while any(len(times) < count for times, count in zip(left, batches, strict=True)):
        at = tick * ANSWERED / REQUESTS_PER_SECOND
        if (turn := next(_who_may(batches, left, at), None)) is not None:
            left[turn].append(at)
        tick += 1
    return left


def _who_may(batches: list[int], left: list[list[float]], at: float) -> Iterator[int]:
    def held(times: list[float]) -> int:
        return sum(time > at - 60.06 for time in times[-BULK_PER_MINUTE:])

    active = [n for n, times in enumerate(left) if len(times) < batches[n]]
    if sum(held(times) for times in left) >= BULK_PER_MINUTE:
        return
    share = -(-BULK_PER_MINUTE // len(active))
    yield from sorted((n for n in active if held(left[n]) < share), key=lambda n: held(left[n]))


def seconds_off(runs: list[Run], leaves: list[list[float]], second: int) -> list[float]:
    """Return by what part of its duration each prediction is wrong at that second."""
    now = NOW + timedelta(seconds=second)
    for run, times in zip(runs, leaves, strict=True):
        send(run, [NOW + timedelta(seconds=at) for at in times if at <= second], now=now)
        if times[-1] <= second:
            run.finished_at = NOW + timedelta(seconds=times[-1] + LAG)
            run.status = Run.Status.SUCCESSFUL
            run.save()
    forecasts = forecasts_of(runs, now)
    return [
        abs((forecasts[run.pk].finish_at - NOW).total_seconds() / (times[-1] + LAG) - 1)
        for run, times in zip(runs, leaves, strict=True)
        if run.pk in forecasts
    ]


@pytest.mark.parametrize("batches", [[190], [300], [250, 100], [150, 120, 60]])
def test_from_one_minute_on_the_prediction_is_within_a_tenth(account, batches):
    runs = [make_sending(account, count) for count in batches]
    leaves = deliver_by_the_limits(batches)

    end = int(max(times[-1] for times in leaves))
    off = [seconds_off(runs, leaves, second) for second in range(60, end, 20)]

    assert len(off) > 1
    assert max(itertools.chain(*off)) <= 0.1


def test_before_anything_is_sent_the_limits_say_how_long_it_takes(account):
    run = make_sending(account, 95 * 10)

    forecast = forecast_of(run, NOW)

    minutes = (forecast.finish_at - NOW) / timedelta(minutes=1)
    assert 9.3 < minutes < 10.2
    assert forecast.rate == 0


def test_a_machine_that_is_slower_than_the_limits_is_believed(account):
    run = make_sending(account, 300)
    now = NOW + timedelta(seconds=60)
    send(run, [NOW + timedelta(seconds=2 * n) for n in range(1, 30)], now=now)

    forecast = forecast_of(run, now)

    assert forecast.rate == 29 * 250
    assert (forecast.finish_at - now).total_seconds() == pytest.approx(270 * 2, rel=0.05)


def test_the_rate_is_not_older_than_a_minute(account):
    run = make_sending(account, 300)
    send(run, [NOW + timedelta(seconds=n) for n in range(90)], now=NOW)

    assert forecast_of(run, NOW + timedelta(seconds=90)).rate == 59 * 250


def test_a_run_that_gets_nothing_accepted_promises_nothing(account):
    run = make_sending(account, 300)
    send(run, [NOW], now=NOW)

    forecast = forecast_of(run, NOW + timedelta(minutes=2))

    assert (forecast.rate, forecast.finish_at) == (0, None)


def test_runs_on_one_account_know_their_place(account):
    first = make_sending(account, 200)
    second = make_sending(account, 100, queued_at=NOW + timedelta(seconds=1))
    make_sending(make_connection(host="other.api-us1.com"), 500)

    forecasts = forecasts_of([first, second], NOW)

    assert [(f.place, f.sharing) for f in forecasts.values()] == [(1, 2), (2, 2)]
    alone = timedelta(minutes=300 / 95)
    assert forecasts[first.pk].finish_at - NOW == pytest.approx(alone, rel=0.15)
    assert forecasts[second.pk].finish_at < forecasts[first.pk].finish_at


def test_a_run_that_waits_for_an_approval_takes_no_share(account):
    run = make_sending(account, 200)
    waiting = make_sending(account, 200, status=Run.Status.NEEDS_APPROVAL)

    assert forecast_of(run, NOW).sharing == 1
    assert forecast_of(waiting, NOW) is None


def test_a_run_that_confirms_ends_as_soon_as_its_last_results_are_due(account):
    run = make_sending(account, 4, status=Run.Status.CONFIRMING)
    now = NOW + timedelta(seconds=2)
    send(run, [NOW] * 4, now=now)

    forecast = forecast_of(run, now)

    assert (forecast.place, forecast.rate) == (0, None)
    assert timedelta(0) < forecast.finish_at - now < timedelta(seconds=10)


def test_a_first_delivery_is_predicted_before_it_is_planned(account):
    people = [{"email": f"p{n}@example.test"} for n in range(600)]
    export = make_export([make_segment(make_source(people))], connection=account)
    queued = make_run(export, status=Run.Status.QUEUED)

    assert forecast_of(queued, NOW).finish_at > NOW


def test_how_much_will_have_changed_is_not_guessed(account):
    export = make_export([make_segment()], connection=account, delivered_to=f"{account.host}/1")
    queued = make_run(export, status=Run.Status.QUEUED)

    assert forecast_of(queued, NOW).finish_at is None


def test_a_retry_of_rejects_is_as_long_as_there_are_rejects(account):
    export = make_export([], connection=account, delivered_to=f"{account.host}/1")
    before = make_run(export, rejected_after=95 * 250 * 3)
    retry = make_run(export, status=Run.Status.QUEUED, scope=Run.Scope.REJECTS, rejects_of=before)

    assert forecast_of(retry, NOW).finish_at > NOW + timedelta(minutes=2)


def test_finished_runs_have_no_forecast(account):
    assert forecasts_of([make_run(make_export([], connection=account))], NOW) == {}


def test_more_runs_take_no_more_queries(account):
    def queries(runs: list[Run]) -> int:
        with CaptureQueriesContext(connection) as captured:
            forecasts_of(runs, NOW)
        return len(captured)

    runs = [make_sending(account, 2)]
    of_one = queries(runs)
    runs += [make_sending(make_connection(host=f"h{n}.api-us1.com"), 2) for n in range(5)]

    assert queries(runs) == of_one


@pytest.mark.parametrize(
    ("contacts", "minutes"), [(0, 0), (1, 1), (95 * 250, 1), (95 * 250 + 1, 2), (1_000_000, 43)]
)
def test_minutes_of_a_preview_follow_from_the_limits(account, contacts, minutes):
    assert minutes_for(contacts, account) == minutes


def test_the_last_results_come_sooner_when_few_requests_leave_together(account):
    run = make_sending(account, 95 + 5)
    now = NOW + timedelta(seconds=59)
    send(run, [NOW + timedelta(seconds=n / 5) for n in range(95)], now=now)
    waited = run.batches.filter(first__gte=250 * 50, status=Batch.Status.CONFIRMED)
    waited.update(finished_at=NOW + timedelta(seconds=40))

    forecast = forecast_of(run, now)

    assert forecast.finish_at < now + timedelta(seconds=10)
