"""A clock that is set an hour ahead or back while a run is under way.

For the rows of a run, that is the same as their times being an hour earlier or later.
"""

import time
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from exports.models import Batch, Run
from exports.pipeline import NotResumable, resume_run
from exports.pipeline.advance import advance
from tests.pipeline.conftest import accounted, people, step

BULK = "POST /import/bulk_import"
AN_HOUR = timedelta(hours=1)


@pytest.mark.parametrize("jump", [AN_HOUR, -AN_HOUR])
def test_a_run_that_waits_goes_on_though_the_clock_jumps(delivery, jump):
    everybody = people(2500)
    export = delivery(everybody)
    export.sandbox.faults.add("too_many", on=BULK, first=9, times=1, retry_after=1)
    run = export.start()
    step(run)

    _set_clock(run, jump)
    finished = _finish(run)

    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(finished)


@pytest.mark.parametrize("jump", [AN_HOUR, -AN_HOUR])
def test_a_run_whose_worker_died_goes_on_though_the_clock_jumps(delivery, jump):
    everybody = people(2500)
    export = delivery(everybody)
    export.sandbox.faults.add("too_many", on=BULK, first=9, times=1, retry_after=1)
    run = export.start()
    step(run)
    assert run.take_lease(timezone.now())

    _set_clock(run, jump)
    finished = _finish(run)

    assert finished.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)


def test_a_run_is_not_resumed_over_a_later_one_though_the_clock_was_set_back(delivery, contributor):
    export = delivery(people(10))
    export.sandbox.faults.add("payment", on=BULK, times=1)
    failed = export.run()
    _set_clock(failed, -AN_HOUR)
    export.run()

    with pytest.raises(NotResumable):
        resume_run(run=failed, user=contributor, now=timezone.now())


def _set_clock(run: Run, jump: timedelta) -> None:
    """Let the clock be set ahead by `jump`, or back when that is negative."""
    Run.objects.filter(pk=run.pk).update(
        **{name: F(name) - jump for name in ("wake_at", "lease_until", "queued_at", "started_at")}
    )
    Batch.objects.filter(run=run).update(
        accepted_at=F("accepted_at") - jump, poll_at=F("poll_at") - jump
    )


def _finish(run: Run) -> Run:
    """Work on the run as the ticks do, when its time has come and not before."""
    for _ in range(200):
        if Run.objects.waiting(timezone.now()).filter(pk=run.pk).exists():
            advance(run.pk, now=timezone.now())
        run.refresh_from_db()
        if run.is_finished:
            return run
        time.sleep(0.1)
    raise AssertionError(f"{run} is still {run.status}: {run.problem}")
