"""Who shares an account, and what each still has to do: as the ledger says it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Count, Max, Q, Sum

from connections.activecampaign.contacts import MAX_CONTACTS
from connections.activecampaign.limiter import Rates
from connections.limits import rates_by_host
from exports.models import Batch, Run
from exports.pipeline.ledger import UNSENT

MINUTE = timedelta(minutes=1)
# Long enough to hold a whole minute of the limits, wherever that began.
LOOKED_BACK = 2 * MINUTE
# Those that have, or will have, something to send; who waits for an approval takes no share.
SHARING = (Run.Status.QUEUED, Run.Status.PLANNING, Run.Status.SENDING)
UNDER_WAY = (*SHARING, Run.Status.CONFIRMING)


@dataclass
class Queue:
    """What one run has left to do; times in seconds from now, so those that passed are negative."""

    run: Run
    # When it began to send.
    began: float = 0.0
    # None before it is planned, when nobody can tell.
    requests: int | None = None
    unconfirmed: int = 0
    last_accepted: float = 0.0
    last_poll: float = 0.0
    # What was accepted in the last minute, in contacts.
    rate: int = 0
    # How long the results of the last minute had taken.
    lags: list[float] = field(default_factory=list)

    @property
    def shares(self) -> bool:
        return self.run.status in SHARING

    @property
    def stands_still(self) -> bool:
        """Whether it gets nothing accepted, and nobody knows when that is over."""
        return self.run.status == Run.Status.SENDING and not self.rate and self.began < -60


@dataclass
class Account:
    """The runs of one host that are under way, in the order in which they were asked for."""

    rates: Rates
    queues: list[Queue]
    # When the requests of the last two minutes were accepted, the oldest first; and those of
    # them since the first of the runs that send now began.
    taken: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)


def accounts_of(ids: Collection[int], now: datetime) -> list[Account]:
    """Return the accounts of the runs with these ids, with everybody who shares them.

    The number of queries does not depend on the number of runs.
    """
    under_way = _under_way()
    hosts = {host_of(run) for run in under_way if run.pk in ids}
    queues = {run.pk: Queue(run) for run in under_way if host_of(run) in hosts}
    _count_batches(queues, now)
    taken = _look_back(queues, hosts, now)
    by_host: dict[str, list[Queue]] = defaultdict(list)
    for queue in queues.values():
        by_host[host_of(queue.run)].append(queue)
    rates = rates_by_host(by_host)
    return [_account(rates[host], sharers, taken[host]) for host, sharers in by_host.items()]


def host_of(run: Run) -> str:
    """Return the account that a run sends to, or would send to if it began now."""
    connection = run.export.connection
    return run.host or (connection.host if connection else "")


# What says nothing about how long a run takes, and may be large.
_UNUSED = ("mapping", "segments", "options", "reasons", "held_reasons", "export__mapping")


def _under_way() -> list[Any]:
    rows = Run.objects.filter(status__in=UNDER_WAY).order_by("queued_at", "pk")
    rows = rows.annotate(expected=Sum("export__segments__snapshot__members"))
    return list(rows.select_related("export__connection", "rejects_of").defer(*_UNUSED))


def _count_batches(queues: dict[int, Queue], now: datetime) -> None:
    """Note what each run has left: from its ledger, or before that as far as anybody can tell."""
    counts = (
        Batch.objects.filter(run__in=queues)
        .values("run")
        .annotate(
            unsent=Count("pk", filter=Q(status__in=UNSENT)),
            unconfirmed=Count("pk", filter=Q(status=Batch.Status.ACCEPTED)),
            last_accepted=Max("accepted_at"),
            last_poll=Max("poll_at", filter=Q(status=Batch.Status.ACCEPTED)),
        )
    )
    found = {row["run"]: row for row in counts}
    for pk, queue in queues.items():
        row = found.get(pk)
        if row is None or queue.run.status in (Run.Status.QUEUED, Run.Status.PLANNING):
            queue.requests = _expected(queue.run)
            continue
        queue.began = _seconds(queue.run.planned_at, now)
        queue.requests, queue.unconfirmed = row["unsent"], row["unconfirmed"]
        queue.last_accepted = _seconds(row["last_accepted"], now)
        queue.last_poll = _seconds(row["last_poll"], now)


def _expected(run: Any) -> int | None:
    """Return how many requests a run will need that is not planned yet, None when it depends."""
    contacts: int | None = None
    if run.scope == Run.Scope.REJECTS and run.rejects_of:
        contacts = run.rejects_of.rejects
    elif run.scope == Run.Scope.FULL or _is_first(run):
        contacts = run.expected
    return None if contacts is None else ceil(contacts / MAX_CONTACTS)


def _is_first(run: Run) -> bool:
    return run.export.delivered_to != f"{host_of(run)}/{run.list_id or run.export.list_id}"


def _look_back(queues: dict[int, Queue], hosts: set[str], now: datetime) -> dict[str, list[float]]:
    """Note what the last minute brought; return when requests of each host were accepted."""
    since = now - MINUTE
    recent = Batch.objects.filter(
        Q(run__finished_at=None) | Q(run__finished_at__gt=now - LOOKED_BACK),
        Q(accepted_at__gt=now - LOOKED_BACK) | Q(finished_at__gt=since),
        run__host__in=hosts,
    )
    columns = ("run", "run__host", "status", "size", "rejected", "accepted_at", "finished_at")
    taken: dict[str, list[float]] = defaultdict(list)
    for pk, host, status, size, rejected, accepted_at, finished_at in recent.values_list(*columns):
        queue = queues.get(pk)
        if accepted_at:
            taken[host].append(_seconds(accepted_at, now))
        if queue and accepted_at and accepted_at > since:
            queue.rate += size - rejected
        if queue and status == Batch.Status.CONFIRMED and finished_at > since:
            queue.lags.append((finished_at - accepted_at).total_seconds())
    for times in taken.values():
        times.sort()
    return taken


def _account(rates: Rates, queues: list[Queue], taken: list[float]) -> Account:
    began = [queue.began for queue in queues if queue.run.status == Run.Status.SENDING]
    seen = [at for at in taken if at >= min(began, default=0.0)]
    return Account(rates, queues, taken, seen)


def _seconds(at: datetime | None, now: datetime) -> float:
    return (at - now).total_seconds() if at else 0.0
