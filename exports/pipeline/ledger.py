"""The ledger: what became of each batch, and what follows from that for the run's figures."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Sum

from exports.models import Batch, Run

_FIELDS = [
    "size",
    "status",
    "rejects",
    "rejected",
    "named",
    "batch_id",
    "requests",
    "sent_again",
    "polls",
    "accepted_at",
    "poll_at",
    "finished_at",
]
UNSENT = (Batch.Status.PENDING, Batch.Status.SENDING)
TAKEN = (Batch.Status.ACCEPTED, Batch.Status.CONFIRMED, Batch.Status.UNKNOWN)


def open_ledger(run: Run, ranges: Collection[tuple[int, int]]) -> None:
    """Write one row a batch; a plan that is made again after a crash starts from none."""
    run.batches.all().delete()
    Batch.objects.bulk_create(
        [Batch(run=run, first=first, size=size) for first, size in ranges], batch_size=500
    )


def unsent(run: Run, *, besides: Collection[int] = ()) -> QuerySet[Batch]:
    """Return the batches still to send, in order; not those whose ids are `besides`.

    A batch that is `sending` although this worker holds the lease was left by one that died, or
    its answer was lost; whether it arrived is unknown, so it is sent again (an upsert).
    """
    return run.batches.filter(status__in=UNSENT).exclude(pk__in=besides).order_by("first")


def unconfirmed(run: Run, *, besides: Collection[int] = ()) -> QuerySet[Batch]:
    """Return the batches whose result is not known yet, the longest waiting first."""
    asked_for = run.batches.filter(status=Batch.Status.ACCEPTED)
    return asked_for.exclude(pk__in=besides).order_by("poll_at")


def mark_sending(run: Run, batches: Sequence[Batch], *, now: datetime) -> None:
    """Say that requests are about to leave; raises LeaseLost when another worker took over."""
    with transaction.atomic():
        run.renew_lease(now)
        Batch.objects.filter(pk__in=[batch.pk for batch in batches]).update(
            status=Batch.Status.SENDING, requests=F("requests") + 1
        )
    for batch in batches:
        batch.status = Batch.Status.SENDING
        batch.requests += 1


def record(
    run: Run, changed: Sequence[Batch], *, added: Sequence[Batch] = (), now: datetime
) -> None:
    """Write down what became of batches; raises LeaseLost."""
    with transaction.atomic():
        run.renew_lease(now)
        # One INSERT … ON CONFLICT DO UPDATE: a third of the time that bulk_update takes.
        Batch.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["pk"], update_fields=_FIELDS
        )
        Batch.objects.bulk_create(added)


def sum_up(run: Run, *, now: datetime) -> None:
    """Bring the run's figures up to date with its ledger; raises LeaseLost."""
    with transaction.atomic():
        run.renew_lease(now)
        sums = figures(run)
        Run.objects.filter(pk=run.pk).update(**sums)
    for name, value in sums.items():
        setattr(run, name, value)


def figures(run: Run) -> dict[str, Any]:
    """Return the run's figures as they follow from its ledger, in contacts."""
    taken, refused = Q(status__in=TAKEN), Q(status=Batch.Status.REFUSED)
    good = F("size") - F("rejected")
    sums = run.batches.aggregate(
        accepted=Sum(good, filter=taken, default=0),
        rejected_after=Sum("rejected", filter=taken | refused, default=0),
        confirmed=Sum(good, filter=Q(status=Batch.Status.CONFIRMED), default=0),
        unknown=Sum(good, filter=Q(status=Batch.Status.UNKNOWN), default=0),
    )
    return {
        **sums,
        "not_attempted": run.to_send - sums["accepted"] - sums["rejected_after"],
    }


def open_batches(run: Run) -> dict[str, int]:
    """Return how many batches are still to be sent and how many to be confirmed."""
    return run.batches.aggregate(
        unsent=Count("pk", filter=Q(status__in=UNSENT)),
        unconfirmed=Count("pk", filter=Q(status=Batch.Status.ACCEPTED)),
    )
