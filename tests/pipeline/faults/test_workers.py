"""Workers that die, stand still, or are given the same run."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config import leases
from config.leases import LeaseLost
from connections.services import limiter_for, open_client
from exports.models import Batch, Run
from exports.pipeline import ledger
from exports.pipeline.advance import advance
from exports.pipeline.delivery import Delivery
from exports.pipeline.planned import open_plan_of
from tests.pipeline.conftest import accounted, people, step
from tests.waiting import eventually

BULK = "POST /import/bulk_import"


def test_a_batch_that_a_dead_worker_left_is_sent_again(delivery):
    export = delivery(people(10))
    run = export.start()
    export.sandbox.faults.add("too_many", on=BULK, times=1, retry_after=30)
    step(run)
    run.batches.update(status=Batch.Status.SENDING)

    finished = export.finish(run)

    assert finished.status == Run.Status.SUCCESSFUL
    assert len(export.arrived()) == 10


def test_of_two_workers_given_the_same_run_one_works(delivery):
    export = delivery(people(10))
    run = export.start()
    assert Run.objects.get(pk=run.pk).take_lease(timezone.now())

    second = advance(run.pk, now=timezone.now())

    run.refresh_from_db()
    assert second is None
    assert run.status == Run.Status.QUEUED


@pytest.mark.parametrize("write", [ledger.mark_sending, ledger.record])
def test_a_worker_that_lost_the_run_writes_nothing_into_its_ledger(delivery, write):
    export = delivery(people(10))
    export.sandbox.faults.add("too_many", on=BULK, times=1, retry_after=30)
    run = export.start()
    step(run)
    assert run.take_lease(timezone.now())
    Run.objects.filter(pk=run.pk).update(lease_token=uuid.uuid4())
    batch = run.batches.get()
    batch.status = Batch.Status.ACCEPTED

    with pytest.raises(LeaseLost):
        write(run, [batch], now=timezone.now())

    assert run.batches.get().status == Batch.Status.PENDING


def test_a_run_that_waits_for_a_slot_lets_another_run_have_the_worker(delivery, settings):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 5
    export = delivery(people(2500))
    run = export.start()
    delivery(people(1)).start()

    step(run)

    # Alone, the run would sleep between its slots until all ten batches are sent.
    assert 0 < export.sandbox.log.count(BULK) < 10
    assert run.status == Run.Status.SENDING


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_both_believe_a_run_is_theirs_lose_nobody(delivery):
    everybody = people(5000)
    export = delivery(everybody)
    export.sandbox.switches.latency = 0.2
    run = export.start()
    first = threading.Thread(target=_advance, args=[run.pk])
    first.start()
    eventually(lambda: export.sandbox.log.count(BULK) >= 4)
    # Without its token, lest the first one renews the lease before the second takes it.
    Run.objects.filter(pk=run.pk).update(lease_token=None, lease_until=None)

    finished = export.finish(run)
    first.join()

    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)
    # What the first had under way, or its groups of the ledger, the second sent again.
    assert export.sandbox.log.count(BULK) <= 20 + 2 * 16


def test_a_worker_that_stood_still_sends_nothing_that_may_be_old_by_now(delivery, monkeypatch):
    export = delivery(people(1000))
    export.sandbox.faults.add("too_many", on=BULK, retry_after=0)
    run = export.start()
    step(run)
    export.sandbox.faults.clear()
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.2))
    before = export.sandbox.log.count(BULK)
    assert run.take_lease(timezone.now())

    with (
        open_client(run.connection) as client,
        open_plan_of(run) as plan,
        StandsStill(1) as pool,
    ):
        stalled = Delivery(run, plan, client, limiter_for(run.connection), pool)
        stalled.work(_once(), may_send=lambda: True)

    assert export.sandbox.log.count(BULK) == before
    assert run.batches.exclude(status__in=ledger.UNSENT).count() == 0


class StandsStill(ThreadPoolExecutor):
    """Where a process is stopped between noting that requests leave and letting them leave."""

    def submit(self, function, *arguments):
        def late():
            time.sleep(0.5)
            return function(*arguments)

        return super().submit(late)


def _once():
    answers = iter([True])
    return lambda: next(answers, False)


def _advance(run_id):
    try:
        advance(run_id, now=timezone.now())
    finally:
        connection.close()
