"""What goes wrong at ActiveCampaign, or on the way there, loses nobody."""

import threading
import time
import uuid

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from config.leases import LeaseLost
from connections.models import Connection
from exports.models import Batch, Export, Run
from exports.pipeline import NotResumable, ledger, request_cancel, resume_run
from exports.pipeline.advance import advance
from exports.pipeline.confirm import DEADLINE
from exports.pipeline.outcomes import reject_rows
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"


@pytest.mark.parametrize("numbering_from", [0, 1])
def test_contacts_that_are_refused_by_number_are_set_aside_and_the_rest_arrives(
    delivery, numbering_from
):
    # Valid by our rule, refused by the sandbox.
    everybody = people(40)
    for n in (3, 17):
        everybody[n]["email"] = f"p{n}@example.n0n"
    export = delivery(everybody)
    export.sandbox.switches.numbering_from = numbering_from

    run = export.run()

    rejects = reject_rows(run, limit=10)
    assert run.status == Run.Status.WITH_REJECTS
    assert sorted(reject.row for reject in rejects) == [5, 19]
    assert {reject.stage for reject in rejects} == {"after"}
    assert len(export.arrived()) == 38
    assert accounted(run)


def test_an_import_that_reports_a_failed_contact_rejects_only_that_one(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("fail_contacts", addresses=("p4@example.test",))

    run = export.run()

    [reject] = reject_rows(run, limit=10)
    assert (reject.email, reject.code) == ("p4@example.test", "not_imported")
    assert (run.confirmed, run.rejected_after) == (9, 1)
    assert accounted(run)


def test_a_failed_contact_stays_due_and_is_sent_by_the_next_run(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("fail_contacts", addresses=("p4@example.test",))
    export.run()
    export.sandbox.faults.clear()

    run = export.run()

    assert (run.to_send, run.accepted) == (1, 1)
    assert "p4@example.test" in export.arrived()


def test_a_broken_import_is_sent_once_more(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("import_failed", times=1)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count(BULK) == 2
    assert len(export.arrived()) == 10


def test_an_import_that_takes_hours_is_asked_for_until_it_is_done(delivery):
    export = delivery(people(10))
    export.sandbox.switches.processing_seconds = 3600.0
    run = export.start()
    step(run)
    run.batches.update(polls=90)

    step(run)

    assert (run.status, run.problem, run.attempts) == (Run.Status.CONFIRMING, None, 0)


def test_an_import_without_a_result_for_too_long_leaves_its_contacts_unknown_and_due(delivery):
    export = delivery(people(10))
    export.sandbox.switches.processing_seconds = 3600.0
    run = export.start()
    step(run)
    run.batches.update(accepted_at=timezone.now() - DEADLINE)

    finished = export.finish(run)
    again = export.start()
    step(again)

    assert finished.status == Run.Status.WITH_REJECTS
    assert (finished.accepted, finished.confirmed, finished.unknown) == (10, 0, 10)
    assert again.to_send == 10


def test_an_answer_ends_the_row_of_failed_attempts_also_while_confirming(delivery):
    export = delivery(people(10))
    export.sandbox.switches.processing_seconds = 3600.0
    run = export.start()
    step(run)
    fault = export.sandbox.faults.add("unavailable", on="GET /import/info", times=1)

    step(run)
    step(run)

    assert fault.struck == 1
    assert (run.status, run.problem, run.attempts) == (Run.Status.CONFIRMING, None, 0)


def test_contacts_that_are_refused_again_and_again_are_not_the_fault_of_the_request(delivery):
    everybody = people(20)
    for n in (3, 8, 11, 17):
        everybody[n]["email"] = f"p{n}@example.n0n"
    export = delivery(everybody)
    export.run()

    again = export.run()

    assert again.status == Run.Status.WITH_REJECTS
    assert (again.to_send, again.rejected_after) == (4, 4)
    assert accounted(again)


def test_a_value_whose_sending_was_never_answered_is_sent_again_though_it_is_changed_back(
    delivery, contributor
):
    export = delivery(people(10, first_name="Before"))
    export.run()
    export.replace_people(people(10, first_name="Changed"))
    export.sandbox.faults.add("lost_answer", on=BULK)
    run = export.start()
    step(run)
    request_cancel(run=run, user=contributor, now=timezone.now())
    canceled = export.finish(run)
    export.sandbox.faults.clear()
    export.replace_people(people(10, first_name="Before"))

    run = export.run()

    assert (canceled.status, canceled.not_attempted) == (Run.Status.CANCELED, 10)
    assert run.to_send == 10
    assert {contact["first_name"] for contact in export.arrived().values()} == {"Before"}


def test_an_import_that_breaks_twice_leaves_its_contacts_unknown_and_due(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("import_failed", times=2)

    run = export.run()
    again = export.run()

    assert run.status == Run.Status.WITH_REJECTS
    assert (run.accepted, run.unknown) == (10, 10)
    assert again.to_send == 10
    assert len(export.arrived()) == 10


@pytest.mark.parametrize("kind", ["too_many", "rate_limit_400"])
def test_a_rate_limit_is_waited_for_and_uses_up_no_attempt(delivery, kind):
    export = delivery(people(10))
    export.sandbox.faults.add(kind, on=BULK, times=1, retry_after=30)
    run = export.start()

    step(run)

    assert run.status == Run.Status.SENDING
    assert run.problem["code"] == "waiting_for_limit"
    assert run.attempts == 0
    assert run.wake_at > timezone.now()


@pytest.mark.parametrize("kind", ["unavailable", "html_500", "reset", "lost_answer", "empty"])
def test_a_fault_on_the_way_is_tried_again(delivery, kind):
    export = delivery(people(600))
    export.sandbox.faults.add(kind, on=BULK, times=4)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert len(export.arrived()) == 600
    assert accounted(run)


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


def test_a_key_that_is_refused_now_and_then_does_not_stop_a_run(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("forbidden", on=BULK, times=2)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL


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


def test_a_run_that_waits_for_a_slot_lets_another_run_have_the_worker(delivery, settings):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 5
    export = delivery(people(2500))
    run = export.start()
    delivery(people(1)).start()

    step(run)

    # Alone, the run would sleep between its slots until all ten batches are sent.
    assert 0 < export.sandbox.log.count(BULK) < 10
    assert run.status == Run.Status.SENDING


def test_the_figures_of_a_run_under_way_follow_from_its_ledger(delivery):
    export = delivery(people(2500))
    export.sandbox.faults.add("too_many", on=BULK, first=9, retry_after=30)
    run = export.start()

    step(run)

    assert (run.accepted, run.not_attempted) == (2000, 500)
    assert accounted(run)


def test_a_request_that_is_at_fault_itself_stops_the_run_and_blames_nobody(delivery):
    mapping = [
        {"column": "email", "target": "email"},
        {"column": "phone", "target": "field:999", "type": "text", "title": "Gone"},
    ]
    export = delivery(people(60), mapping=mapping)

    run = export.run()

    assert run.status == Run.Status.FAILED
    assert run.problem["code"] == "request_refused"
    assert (run.rejected_after, run.not_attempted) == (0, 60)
    assert export.sandbox.log.count(BULK) < 20


def test_a_detached_export_fails_and_says_so(delivery):
    export = delivery(people(1))
    run = export.start()
    Export.objects.update(connection=None)

    finished = export.finish(run)

    assert finished.status == Run.Status.FAILED
    assert finished.problem["code"] == "detached"


def test_too_many_bytes_are_split_over_several_requests(delivery):
    export = delivery(people(250, first_name="x" * 3000))

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert export.sandbox.log.count(BULK) >= 2
    assert len(export.arrived()) == 250


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
