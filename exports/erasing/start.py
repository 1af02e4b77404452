"""Asking for an erasure, trying one again, and letting one go."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from exports.models import Erasure
from segments.mentions import normal


class AlreadyErasing(Exception):
    """The same person is being forgotten already, by `erasure`."""

    def __init__(self, erasure: Erasure) -> None:
        super().__init__(f"erasure {erasure.pk}")
        self.erasure = erasure


class NotFailed(Exception):
    """The erasure goes on, or is over: there is nothing to try again."""


def request_erasure(
    *, email: str, delete_contact: bool, keep_suppressed: bool, user: User, now: datetime
) -> Erasure:
    """Have a person forgotten; raises AlreadyErasing."""
    address = normal(email)
    with transaction.atomic():
        # Encrypted addresses can't be compared by the database, and there are few.
        for erasure in Erasure.objects.exclude(email="").order_by("pk"):
            if erasure.email == address:
                raise AlreadyErasing(erasure)
        erasure = Erasure.objects.create(
            email=address,
            delete_contact=delete_contact,
            keep_suppressed=keep_suppressed,
            requested_by=user,
            requested_at=now,
            wake_at=now,
        )
        _nudge(erasure)
    return erasure


def retry_erasure(*, erasure: Erasure, now: datetime) -> None:
    """Let an erasure go on that failed; raises NotFailed."""
    failed = Erasure.objects.filter(pk=erasure.pk, status=Erasure.Status.FAILED).exclude(email="")
    with transaction.atomic():
        if not failed.update(status=Erasure.Status.RUNNING, problem=None, attempts=0, wake_at=now):
            raise NotFailed
        _nudge(erasure)


def end_erasure(*, erasure: Erasure, now: datetime) -> None:
    """Leave an erasure that failed as it is, and forget the address; raises NotFailed."""
    failed = Erasure.objects.filter(pk=erasure.pk, status=Erasure.Status.FAILED).exclude(email="")
    if not failed.update(email="", progress={}, finished_at=now):
        raise NotFailed


def _nudge(erasure: Erasure) -> None:
    from exports.tasks import advance_erasure

    # Robust: without a broker the erasure waits for the next tick.
    transaction.on_commit(lambda: advance_erasure.delay(erasure_id=erasure.pk), robust=True)
