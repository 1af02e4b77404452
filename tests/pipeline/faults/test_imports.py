"""What becomes of imports that ActiveCampaign took and did not carry out."""

import pytest
from django.utils import timezone

from exports.models import Run
from exports.pipeline.confirm import DEADLINE
from exports.pipeline.outcomes import reject_rows
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"


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


def test_an_import_that_breaks_twice_leaves_its_contacts_unknown_and_due(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("import_failed", times=2)

    run = export.run()
    again = export.run()

    assert run.status == Run.Status.WITH_REJECTS
    assert (run.accepted, run.unknown) == (10, 10)
    assert again.to_send == 10
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


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("import_interrupted", {"probability": 0.5}),
        ("import_failed", {"probability": 0.5}),
        ("fail_contacts", {"share": 0.02}),
    ],
)
def test_who_was_not_imported_is_sent_by_the_next_run_and_nobody_else(delivery, kind, details):
    everybody = people(2500)
    export = delivery(everybody)
    export.sandbox.faults.add(kind, **details)

    first = export.run()
    export.sandbox.faults.clear()
    second = export.run()

    assert 0 < second.to_send == first.unknown + first.rejected_after < 2500
    assert second.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(first)
    assert accounted(second)
