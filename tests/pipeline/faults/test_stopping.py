"""Runs that fail or are canceled say what was sent; resuming or the next run does the rest."""

import threading
import time

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from connections.models import Connection
from exports.models import Batch, Export, Run
from exports.pipeline import NotResumable, request_cancel, resume_run
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"


def test_an_account_that_stays_away_fails_the_run_which_can_be_resumed(delivery, contributor):
    export = delivery(people(600))
    fault = export.sandbox.faults.add("unavailable", on=BULK, first=2)

    run = export.run()
    export.sandbox.faults.clear()
    resume_run(run=run, user=contributor, now=timezone.now())
    resumed = export.finish(run)

    assert fault.struck >= 10
    assert resumed.status == Run.Status.SUCCESSFUL
    assert (resumed.accepted, resumed.not_attempted) == (600, 0)
    assert len(export.arrived()) == 600


def test_a_failed_run_says_what_was_sent_and_the_next_run_sends_the_rest(delivery):
    export = delivery(people(2500))
    export.sandbox.faults.add("payment", on=BULK, first=9)

    failed = export.run()
    export.sandbox.faults.clear()
    run = export.run()

    assert failed.status == Run.Status.FAILED
    assert failed.problem["code"] == "payment"
    assert (failed.accepted, failed.not_attempted) == (2000, 500)
    assert accounted(failed)
    assert (run.unchanged, run.to_send) == (2000, 500)
    assert len(export.arrived()) == 2500


def test_a_run_that_a_later_one_replaced_is_not_resumed(delivery, contributor):
    export = delivery(people(3))
    fault = export.sandbox.faults.add("payment", on=BULK)
    failed = export.run()
    export.sandbox.faults.clear()
    export.run()

    with pytest.raises(NotResumable):
        resume_run(run=failed, user=contributor, now=timezone.now())

    assert fault.struck == 1


def test_a_key_that_stays_refused_stops_the_run(delivery):
    export = delivery(people(10))
    fault = export.sandbox.faults.add("forbidden", on=BULK)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "key_refused"
    assert fault.struck == 3
    assert run.not_attempted == 10


def test_a_canceled_run_keeps_what_was_sent_and_says_so(delivery, contributor):
    export = delivery(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()
    step(run)

    request_cancel(run=run, user=contributor, now=timezone.now())
    canceled = export.finish(run)

    assert canceled.status == Run.Status.CANCELED
    assert (canceled.accepted, canceled.not_attempted) == (2000, 500)
    assert len(export.arrived()) == 2000
    assert accounted(canceled)


def test_what_a_canceled_run_sent_is_not_sent_again(delivery, contributor):
    export = delivery(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()
    step(run)
    request_cancel(run=run, user=contributor, now=timezone.now())
    export.finish(run)
    export.sandbox.faults.clear()

    run = export.run()

    assert (run.unchanged, run.to_send) == (2000, 500)


@pytest.mark.django_db(transaction=True)
def test_who_cancels_during_a_request_does_not_wait_for_the_pause_after_it(delivery, contributor):
    export = delivery(people(10))
    export.sandbox.faults.add("too_many", on=BULK, retry_after=3000)
    run = export.start()

    def cancel() -> None:
        while not run.batches.filter(status=Batch.Status.SENDING).exists():
            time.sleep(0.01)
        request_cancel(run=run, user=contributor, now=timezone.now())
        connection.close()

    export.sandbox.switches.latency = 1.0
    person = threading.Thread(target=cancel)
    person.start()
    step(run)
    person.join()

    assert run.cancel_requested_by == contributor
    assert run.is_finished or run.wake_at <= timezone.now()


def test_a_detached_export_fails_and_says_so(delivery):
    export = delivery(people(1))
    run = export.start()
    Export.objects.update(connection=None)

    finished = export.finish(run)

    assert finished.status == Run.Status.FAILED
    assert finished.problem["code"] == "detached"


def test_a_run_that_can_neither_go_on_nor_settle_ends_and_says_so(delivery):
    export = delivery(people(1))
    export.run()
    export.export.refresh_from_db()
    export.replace_people(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()
    step(run)
    default_storage.delete(export.export.delivered)
    Connection.objects.update(export_user=None)

    finished = export.finish(run)

    assert finished.status == Run.Status.FAILED
    assert finished.problem["code"] == "internal"


def test_the_figures_of_a_run_under_way_follow_from_its_ledger(delivery):
    export = delivery(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()

    step(run)

    assert (run.accepted, run.not_attempted) == (2000, 500)
    assert accounted(run)


def test_a_key_that_is_refused_for_a_time_needs_resuming_and_nothing_is_sent_twice(
    delivery, contributor
):
    everybody = people(5000)
    export = delivery(everybody)
    export.sandbox.faults.add("forbidden", on=BULK, first=9, last=20)

    run = export.run()
    while run.status == Run.Status.FAILED:
        assert run.problem["code"] == "key_refused"
        assert accounted(run)
        resume_run(run=run, user=contributor, now=timezone.now())
        run = export.finish(run)

    assert run.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count(BULK, status=200) == 20
    assert not export.differences(everybody)
