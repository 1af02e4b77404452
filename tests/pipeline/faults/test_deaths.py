"""kill -9 of real workers while they plan, send, confirm and settle."""

import time
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from exports.models import Run
from exports.tasks import tick
from tests.pipeline.conftest import accounted, people
from tests.waiting import eventually

BULK = "POST /import/bulk_import"


@pytest.fixture
def sandbox(sandbox):
    """The account, with a key that is found again wherever it is written, and slow answers."""
    sandbox.switches.latency = 0.1
    return sandbox


def test_a_run_whose_workers_are_killed_ends_by_itself_and_everybody_is_on_the_list(
    delivery, workers, written
):
    everybody = people(4000)
    export = delivery(everybody)
    run = _start(export)

    worker = workers.worker()
    for sent in (2, 8):
        eventually(lambda sent=sent: export.sandbox.log.count(BULK) >= sent, seconds=120)
        worker.kill()
    eventually(lambda: export.sandbox.log.count("GET /import/info"), seconds=120)
    worker.kill_a_child()
    eventually(lambda: _is_finished(run), seconds=120)

    assert run.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(run)
    assert export.export.connection.api_key.encode() not in written()
    assert b"p7@example.test" not in workers.logged()


def test_a_worker_that_stood_still_may_go_on_beside_the_one_that_took_over(delivery, workers):
    everybody = people(4000)
    export = delivery(everybody)
    run = _start(export)
    stalled = workers.worker()
    eventually(lambda: export.sandbox.log.count(BULK) >= 2, seconds=120)

    stalled.freeze()
    while not _can_write(run):
        stalled.thaw()
        stalled.freeze()
    Run.objects.filter(pk=run.pk).update(
        lease_until=timezone.now(), wake_at=timezone.now() - timedelta(minutes=1)
    )
    workers.worker()
    eventually(lambda: _tick_and_look(run), seconds=120)
    stalled.thaw()
    stalled.end()

    assert run.status == Run.Status.SUCCESSFUL
    assert not export.differences(everybody)
    assert accounted(run)


def _start(export):
    """Start a run that a worker begins with as soon as it is there."""
    run = export.start()
    Run.objects.filter(pk=run.pk).update(wake_at=timezone.now() - timedelta(minutes=1))
    return run


def _is_finished(run):
    run.refresh_from_db()
    return run.is_finished


def _tick_and_look(run):
    """Send what beat sends every 15 seconds: the first may go to the worker that stands still."""
    tick.delay()
    time.sleep(0.5)
    return _is_finished(run)


def _can_write(run):
    """Tell whether the row can be changed: whoever stands still may hold a lock of the database."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 300")
    try:
        with transaction.atomic():
            return Run.objects.select_for_update(nowait=True).filter(pk=run.pk).exists()
    except DatabaseError:
        return False
