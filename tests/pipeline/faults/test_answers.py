"""Wrong answers, no answers and late ones: the same is sent again, and nobody is lost."""

import pytest
from django.utils import timezone

from exports.models import Run
from exports.pipeline import request_cancel
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"
KINDS = [
    "too_many",
    "rate_limit_400",
    "unavailable",
    "html_500",
    "timeout_504",
    "reset",
    "lost_answer",
    "empty",
    "slow",
]
DETAILS = {"retry_after": 1, "seconds": 0.2}


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


@pytest.mark.parametrize("kind", KINDS)
def test_three_answers_of_ten_may_go_wrong(delivery, kind):
    everybody = people(3000)
    export = delivery(everybody)
    fault = export.sandbox.faults.add(kind, on=BULK, probability=0.3, **DETAILS)

    run = export.run()

    assert fault.struck
    assert run.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(run)


def test_three_answers_of_ten_may_go_wrong_each_in_another_way(delivery):
    everybody = people(5000)
    export = delivery(everybody)
    for kind in KINDS:
        export.sandbox.faults.add(kind, on=BULK, probability=0.3 / len(KINDS), **DETAILS)
    export.sandbox.faults.add("unavailable", on="GET /import/info", probability=0.3)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(run)


def test_an_answer_that_is_lost_has_the_same_batch_sent_again_and_no_other(delivery):
    everybody = people(1000)
    export = delivery(everybody)
    export.sandbox.faults.add("lost_answer", on=BULK, times=1)

    run = export.run()

    assert export.sandbox.log.count(BULK) == 5
    assert sorted(run.batches.values_list("requests", flat=True)) == [1, 1, 1, 2]
    assert not export.differences(everybody)


def test_a_key_that_is_refused_now_and_then_does_not_stop_a_run(delivery):
    export = delivery(people(10))
    export.sandbox.faults.add("forbidden", on=BULK, times=2)

    run = export.run()

    assert run.status == Run.Status.SUCCESSFUL


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
