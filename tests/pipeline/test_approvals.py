"""Somebody decides about a run that its guards stopped: it goes on, or it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from accounts.models import User
from exports.models import Approval, Export, Run
from exports.pipeline import (
    AlreadyRunning,
    NotResumable,
    NotWaiting,
    Outdated,
    approve_run,
    request_cancel,
    resume_run,
    start_run,
)
from exports.pipeline.start import start_due_runs, start_following_runs
from segments.models import Refresh
from tests.factories import make_user
from tests.pipeline.conftest import Delivery, accounted, people, step
from tests.pipeline.test_guards import GUARDED, codes, emptied, left_waiting, until_it_rests

IMPORT = "POST /import/bulk_import"


@pytest.fixture
def colleague(db: None) -> User:
    return make_user(role=User.Role.ADMINISTRATOR)


def test_an_approved_run_sends_and_says_who_approved_what(delivery, colleague):
    export = delivery(people(10), **GUARDED)
    waiting = left_waiting(export, people(5, first_name="Anna"))
    guards = waiting.guards

    approve_run(run=waiting, user=colleague, now=timezone.now())
    run = export.finish(waiting)

    assert run.status == Run.Status.SUCCESSFUL
    assert run.accepted == 5
    approval = Approval.objects.get(run=run)
    assert (approval.user, approval.guards) == (colleague, guards)
    assert LogEntry.objects.get_for_object(approval).exists()


def test_a_run_is_approved_once(delivery, colleague):
    export = delivery(people(10), **GUARDED)
    run = left_waiting(export, people(5))
    approve_run(run=run, user=colleague, now=timezone.now())

    with pytest.raises(NotWaiting):
        approve_run(run=run, user=colleague, now=timezone.now())

    assert Approval.objects.count() == 1


def test_nobody_is_unsubscribed_by_a_plan_from_before_they_came_back(delivery, colleague):
    export = delivery(people(10), **GUARDED, leavers="unsubscribe")
    run = left_waiting(export, people(5))
    export.replace_people(people(10))

    with pytest.raises(Outdated):
        approve_run(run=run, user=colleague, now=timezone.now())

    run.refresh_from_db()
    assert run.status == Run.Status.NEEDS_APPROVAL
    assert len(export.arrived()) == 10


def agreeing(count: int, word: str = "yes") -> list[dict[str, str]]:
    """Return so many people, the last of whom says `word` when asked for their consent."""
    return [
        {**each, "agreed": word if n == count - 1 else "yes"}
        for n, each in enumerate(people(count))
    ]


def test_nobody_is_sent_by_a_plan_from_before_they_took_back_their_consent(delivery, colleague):
    export = delivery(agreeing(1), **GUARDED, consent_column="agreed")
    run = left_waiting(export, agreeing(5))
    export.replace_people(agreeing(5, "no"))

    with pytest.raises(Outdated):
        approve_run(run=run, user=colleague, now=timezone.now())

    request_cancel(run=run, user=colleague, now=timezone.now())
    export.finish(run)
    Export.objects.update(most_growth=None)
    assert export.run().held_reasons == {"no_consent": 1}
    assert "p4@example.test" not in export.arrived()


def test_a_failed_run_is_not_resumed_after_somebody_took_back_their_consent(delivery, colleague):
    export = delivery(agreeing(5), consent_column="agreed")
    export.sandbox.faults.add("payment", on=IMPORT)
    run = export.run()
    export.sandbox.faults.clear()
    export.replace_people(agreeing(5, "no"))

    with pytest.raises(NotResumable):
        resume_run(run=run, user=colleague, now=timezone.now())
    export.run()

    assert sorted(export.arrived()) == [f"p{n}@example.test" for n in range(4)]


@pytest.mark.parametrize("came_back", [True, False])
def test_a_failed_run_is_resumed_unless_it_would_unsubscribe_who_may_be_back(
    delivery, colleague, came_back
):
    export = delivery(people(10), **GUARDED, leavers="unsubscribe")
    run = left_waiting(export, people(5))
    Run.objects.update(status=Run.Status.FAILED)
    run.refresh_from_db()
    if came_back:
        export.replace_people(people(10))
        with pytest.raises(NotResumable):
            resume_run(run=run, user=colleague, now=timezone.now())
    else:
        resume_run(run=run, user=colleague, now=timezone.now())

    run.refresh_from_db()
    assert (run.status == Run.Status.FAILED) == came_back


def test_a_waiting_run_is_left_alone_by_workers(delivery):
    export = delivery(people(10), **GUARDED)
    run = left_waiting(export, people(5))

    step(run)

    assert run.status == Run.Status.NEEDS_APPROVAL
    assert run.lease_token is None
    assert not Run.objects.waiting(timezone.now() + timedelta(hours=1)).exists()


def test_a_canceled_run_sends_nothing_and_changes_nothing(delivery, colleague):
    export = delivery(people(10), leavers="unsubscribe", **GUARDED)
    run = left_waiting(export, people(5))
    state = Export.objects.get().delivered

    request_cancel(run=run, user=colleague, now=timezone.now())
    with pytest.raises(NotWaiting):
        approve_run(run=run, user=colleague, now=timezone.now())
    run = export.finish(run)

    assert run.status == Run.Status.CANCELED
    assert codes(run)[0] == "guard_shrink"
    assert export.sandbox.log.count(IMPORT) == 1
    assert Export.objects.get().delivered == state
    assert len(export.arrived()) == 10


def test_an_empty_segment_says_how_many_an_approval_would_unsubscribe(delivery):
    export = delivery(people(10), leavers="unsubscribe")

    run = left_waiting(export, emptied(export))

    said = [(guard["code"], guard.get("leavers")) for guard in run.guards]
    assert said == [("guard_empty", None), ("guard_leavers_unsubscribed", 10)]
    assert len(export.arrived()) == 10


def test_an_empty_segment_unsubscribes_everybody_once_that_is_approved(delivery, colleague):
    export = delivery(people(10), leavers="unsubscribe")
    run = left_waiting(export, emptied(export))

    approve_run(run=run, user=colleague, now=timezone.now())
    run = export.finish(run)

    assert run.status == Run.Status.SUCCESSFUL
    assert export.arrived() == {}


def test_an_approved_run_without_anything_to_send_ends(delivery, colleague):
    export = delivery(people(10), **GUARDED)
    run = left_waiting(export, people(5))

    approve_run(run=run, user=colleague, now=timezone.now())
    run = export.finish(run)

    assert run.status == Run.Status.SKIPPED
    assert run.left == 5
    # What was approved is what the next run is compared with.
    assert until_it_rests(export).guards == []


def test_a_run_that_was_not_approved_is_nothing_to_compare_with(delivery, colleague):
    export = delivery(people(10), **GUARDED)
    run = left_waiting(export, people(5))
    request_cancel(run=run, user=colleague, now=timezone.now())
    export.finish(run)

    again = until_it_rests(export)

    assert again.guards[0]["before"] == 10


def test_run_now_leads_to_the_run_that_waits(delivery):
    export = delivery(people(10), **GUARDED)
    waiting = left_waiting(export, people(5))

    with pytest.raises(AlreadyRunning) as refusal:
        start_run(export=export.export, trigger=Run.Trigger.ON_DEMAND, now=timezone.now())

    assert refusal.value.run == waiting


def test_a_run_by_schedule_replaces_one_that_waits(delivery):
    export = delivery(people(10), **GUARDED)
    waiting = left_waiting(export, people(5))
    now = timezone.now()
    Export.objects.update(recurrence="daily", due_at=now - timedelta(minutes=1))

    at_first = start_due_runs(now=now)
    waiting = export.finish(waiting)
    later = start_due_runs(now=now)

    assert at_first == []
    assert waiting.status == Run.Status.SKIPPED
    assert waiting.problem["code"] == "superseded"
    assert len(later) == 1


def test_a_run_that_follows_a_refresh_replaces_one_that_waits(delivery):
    export = delivery(people(10), recurrence="refresh", **GUARDED)
    waiting = left_waiting(export, people(5))
    now = timezone.now()
    Export.objects.update(created_at=now - timedelta(days=1))
    refresh = Refresh.objects.create(
        trigger=Refresh.Trigger.SCHEDULE,
        status=Refresh.Status.SUCCESSFUL,
        queued_at=now,
        finished_at=now,
    )

    start_following_runs(now=now)
    waiting = export.finish(waiting)
    [run] = start_following_runs(now=now)

    assert waiting.problem["code"] == "superseded"
    assert run.refresh == refresh


def test_a_run_that_was_replaced_is_not_approved_any_more(delivery, colleague):
    export = delivery(people(10), **GUARDED)
    waiting = left_waiting(export, people(5))
    now = timezone.now()
    Export.objects.update(recurrence="daily", due_at=now - timedelta(minutes=1))
    start_due_runs(now=now)

    with pytest.raises(NotWaiting):
        approve_run(run=waiting, user=colleague, now=now)


@pytest.fixture
def rejected(delivery, settings) -> Delivery:
    """An export of which half is rejected, as its run learns while it still sends."""
    export = delivery(people(3000), **GUARDED)
    export.sandbox.faults.add("fail_contacts", share=0.5)
    settings.ACTIVECAMPAIGN_BULK_PER_MINUTE = 4
    return export


def test_a_run_that_stopped_while_sending_goes_on_where_it_stopped(rejected, colleague):
    run = until_it_rests(rejected)
    requests = rejected.sandbox.log.count(IMPORT)

    approve_run(run=run, user=colleague, now=timezone.now())
    run = rejected.finish(run)

    assert run.status == Run.Status.WITH_REJECTS
    assert run.not_attempted == 0
    assert accounted(run)
    assert 0 < requests < 12 == rejected.sandbox.log.count(IMPORT)
    assert len(rejected.arrived()) == run.accepted


def test_what_was_sent_before_it_stopped_is_kept_when_it_is_canceled(rejected, colleague):
    run = until_it_rests(rejected)

    request_cancel(run=run, user=colleague, now=timezone.now())
    run = rejected.finish(run)
    rejected.sandbox.faults.clear()
    Export.objects.update(most_rejects=None)
    rejected.export.refresh_from_db()
    following = rejected.run()

    assert run.status == Run.Status.CANCELED
    assert accounted(run)
    assert run.unknown == 0
    assert following.unchanged == run.confirmed > 0
    assert len(rejected.arrived()) == 3000
