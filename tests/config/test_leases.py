"""Of all workers, one at a time works on a row, and nobody waits long for a dead one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import leases
from config.leases import LEASE, LeaseLost
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
