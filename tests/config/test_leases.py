"""Of all workers, one at a time works on a row, and nobody waits long for a dead one."""

import subprocess
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from config import leases
from config.leases import LEASE, LONGEST_WAIT, LeaseLost, free_the_dead
from config.life_signs import tokens_of_the_dead
from exports.models import Run
from tests.factories import make_export
from tests.waiting import eventually


@pytest.fixture
def run(db):
    now = timezone.now()
    return Run.objects.create(
        export=make_export(), trigger=Run.Trigger.ON_DEMAND, queued_at=now, wake_at=now
    )


def test_a_lease_is_given_to_one_worker(run):
    other = Run.objects.get(pk=run.pk)

    assert run.take_lease(timezone.now())
    assert not other.take_lease(timezone.now())


def test_a_lease_that_nobody_renewed_goes_to_the_next_worker(run):
    other = Run.objects.get(pk=run.pk)
    run.take_lease(timezone.now())

    assert other.take_lease(timezone.now() + LEASE)


def test_who_has_lost_the_lease_is_told_and_writes_nothing(run):
    other = Run.objects.get(pk=run.pk)
    run.take_lease(timezone.now())
    other.take_lease(timezone.now() + LEASE)

    with pytest.raises(LeaseLost):
        run.renew_lease(timezone.now())
    with pytest.raises(LeaseLost):
        run.finish(Run.Status.FAILED, now=timezone.now())
    run.release_lease(wake_at=None)

    assert Run.objects.get(pk=run.pk).lease_token == other.lease_token


@pytest.mark.django_db(transaction=True)
def test_a_slice_that_takes_longer_than_a_lease_keeps_it(run, monkeypatch):
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.05)
    run.take_lease(timezone.now() - LEASE + timedelta(seconds=1))
    before = run.lease_until

    with run.keeping_lease():
        eventually(lambda: Run.objects.get(pk=run.pk).lease_until > before)

    assert not Run.objects.get(pk=run.pk).take_lease(before)


def test_a_lease_that_was_given_before_the_clock_was_set_back_is_free(run):
    other = Run.objects.get(pk=run.pk)
    run.take_lease(timezone.now() + timedelta(hours=1))

    assert Run.objects.waiting(timezone.now()).get() == run
    assert other.take_lease(timezone.now())


def test_a_wait_that_began_before_the_clock_was_set_back_is_over(run):
    run.take_lease(timezone.now())
    run.release_lease(wake_at=timezone.now() + timedelta(seconds=30))

    waited = Run.objects.get(pk=run.pk)

    assert waited.must_wait(timezone.now())
    assert not waited.must_wait(timezone.now() - timedelta(hours=1))
    assert Run.objects.waiting(timezone.now() - timedelta(hours=1)).get() == waited


def test_who_waits_for_long_looks_around_every_now_and_then(run):
    run.take_lease(timezone.now())

    run.release_lease(wake_at=timezone.now() + timedelta(hours=1))

    assert Run.objects.get(pk=run.pk).wake_at <= timezone.now() + LONGEST_WAIT


def test_a_lease_is_surely_ours_until_it_may_have_run_out(run, monkeypatch):
    before = run.surely_ours
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.2))
    run.take_lease(timezone.now())
    taken = run.surely_ours

    eventually(lambda: not run.surely_ours)
    run.renew_lease(timezone.now())

    assert (before, taken, run.surely_ours) == (False, True, True)


def test_what_a_dead_worker_of_this_machine_worked_on_is_free_at_once(run):
    run.take_lease(timezone.now())
    with _somebody_alive(run.lease_token) as worker:
        free_the_dead(now=timezone.now())
        free_while_it_lived = Run.objects.waiting(timezone.now()).exists()
        worker.kill()

    free_the_dead(now=timezone.now())

    assert not free_while_it_lived
    assert Run.objects.waiting(timezone.now()).get() == run
    assert list(tokens_of_the_dead()) == []


def test_who_ends_well_leaves_no_sign(run, settings):
    run.take_lease(timezone.now())

    with run.keeping_lease():
        during = list(settings.DATA_DIR.glob("work/*.life"))

    assert len(during) == 1
    assert list(settings.DATA_DIR.glob("work/*.life")) == []


def test_who_could_not_let_go_is_taken_for_dead(run):
    run.take_lease(timezone.now())

    with suppress(DatabaseError), run.keeping_lease():
        raise DatabaseError
    free_the_dead(now=timezone.now())

    assert Run.objects.waiting(timezone.now()).get() == run


def test_a_worker_that_can_show_no_sign_works_all_the_same(run, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    run.take_lease(timezone.now())
    (tmp_path / "work" / f"{run.lease_token.hex}.unseen").mkdir(parents=True)

    with run.keeping_lease():
        run.renew_lease(timezone.now())

    assert list(tokens_of_the_dead()) == []


def _somebody_alive(token):
    """Start a process that shows the sign of life of a token, until it is killed."""
    command = [sys.executable, "-c", WORKER, str(token)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
    assert worker.stdout.readline() == b"alive\n"
    return worker


WORKER = """
import sys, time, uuid
from config.life_signs import showing_life
with showing_life(uuid.UUID(sys.argv[1])):
    print("alive", flush=True)
    time.sleep(60)
"""
