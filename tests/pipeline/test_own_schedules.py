"""Exports with schedules of their own, as they run."""

from datetime import timedelta

from django.utils import timezone

from exports.models import Export, Run
from exports.pipeline.start import start_due_runs
from exports.tasks import tick
from segments.models import Refresh, RefreshSchedule
from tests.factories import NOW
from tests.pipeline.conftest import people, step

DAILY = {"recurrence": "daily", "times": ["09:00"], "due_at": NOW}


def test_an_export_that_lost_its_segments_fails_and_says_so(delivery):
    delivered = delivery(people(2))
    delivered.export.segments.clear()
    Export.objects.update(**DAILY)

    [run] = start_due_runs(now=timezone.now())

    assert delivered.finish(run).status == Run.Status.FAILED
    assert run.problem == {"code": "no_segments"}


def test_a_refresh_that_is_due_at_the_same_time_comes_first(delivery):
    delivered = delivery(people(2))
    Export.objects.update(**DAILY)
    RefreshSchedule.objects.current()
    RefreshSchedule.objects.update(**DAILY)

    tick()

    run = Run.objects.get()
    step(run)
    assert Refresh.objects.get().due_at == NOW
    assert (run.trigger, run.status) == ("schedule", Run.Status.QUEUED)
    assert run.problem == {"code": "waiting_for_refresh"}
    assert delivered.export.runs.count() == 1


def test_an_export_with_its_own_schedule_does_not_follow_the_refresh(delivery):
    delivery(people(2))
    Export.objects.update(recurrence="daily", times=["09:00"])
    now = timezone.now() + timedelta(seconds=1)
    Refresh.objects.create(
        trigger="schedule", status="successful", queued_at=now, started_at=now, finished_at=now
    )

    tick()

    assert not Run.objects.exists()
