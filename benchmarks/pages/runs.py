"""The runs of an installation: those that followed each night's refresh, and those under way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from config.problems import problem
from exports.models import Batch, Export, Run
from segments.models import Refresh

# Of a hundred runs, about so many end like this.
ENDINGS = (
    [Run.Status.SUCCESSFUL] * 86
    + [Run.Status.WITH_REJECTS] * 7
    + [Run.Status.FAILED] * 2
    + [Run.Status.SKIPPED] * 4
    + [Run.Status.CANCELED]
)
PROBLEMS = {
    Run.Status.FAILED: problem("no_segments"),
    Run.Status.SKIPPED: problem("nothing_to_send"),
}
UNDER_WAY = (
    Run.Status.NEEDS_APPROVAL,
    Run.Status.QUEUED,
    Run.Status.PLANNING,
    Run.Status.SENDING,
    Run.Status.CONFIRMING,
)


def add_night(refresh: Refresh, exports: Sequence[Export], chance: random.Random) -> None:
    """Add the runs of all exports that followed a refresh."""
    assert refresh.finished_at
    begin = refresh.finished_at
    runs = Run.objects.bulk_create(
        [_ended(export, refresh, chance.choice(ENDINGS), begin, chance) for export in exports],
        batch_size=1000,
    )
    Batch.objects.bulk_create(
        (batch for run in runs[::20] for batch in _batches(run, begin, Batch.Status.CONFIRMED)),
        batch_size=1000,
    )


def add_running(
    exports: Sequence[Export], people: Sequence[User], chance: random.Random, now: datetime
) -> None:
    """Add runs that somebody started and that are under way, in every active state."""
    for number, export in enumerate(exports):
        status = UNDER_WAY[number % len(UNDER_WAY)]
        if not export.connection:
            continue
        run = Run.objects.create(
            export=export,
            connection=export.connection,
            host=export.connection.host,
            list_id=export.list_id,
            trigger=Run.Trigger.ON_DEMAND,
            started_by=chance.choice(people),
            status=status,
            guards=[problem("guard_shrink", before=5000, members=40, percent=99, most=30)]
            if status == Run.Status.NEEDS_APPROVAL
            else [],
            queued_at=now,
            started_at=now,
            planned_at=now,
            members=5000,
            to_send=1000,
        )
        Batch.objects.bulk_create(_batches(run, now, Batch.Status.PENDING))


def _ended(
    export: Export, refresh: Refresh, status: str, begin: datetime, chance: random.Random
) -> Run:
    sent = 0 if status in (Run.Status.SKIPPED, Run.Status.FAILED) else chance.randint(1, 4000)
    rejected = chance.randint(1, 90) if status == Run.Status.WITH_REJECTS else 0
    unchanged = chance.randint(0, 40_000)
    start = begin + timedelta(seconds=chance.randint(0, 3000))
    ledger: dict[str, Any] = {
        "members": sent + rejected + unchanged,
        "unchanged": unchanged,
        "to_send": sent,
        "accepted": sent,
        "confirmed": sent,
        "rejected_before": rejected,
        "reasons": {"new": sent // 3, "changed": sent - sent // 3},
    }
    return Run(
        export=export,
        connection=export.connection,
        host=export.connection.host if export.connection else "",
        list_id=export.list_id,
        mapping=export.mapping,
        trigger=Run.Trigger.REFRESH,
        refresh=refresh,
        status=status,
        problem=PROBLEMS.get(Run.Status(status)),
        queued_at=begin,
        started_at=start,
        planned_at=start + timedelta(seconds=2),
        sent_at=start + timedelta(seconds=20),
        finished_at=start + timedelta(seconds=20 + sent // 50),
        **ledger,
    )


def _batches(run: Run, at: datetime, status: str) -> list[Batch]:
    accepted = at if status == Batch.Status.CONFIRMED else None
    return [
        Batch(
            run=run,
            first=first,
            size=250,
            status=status,
            batch_id=f"batch-{first}" if accepted else "",
            accepted_at=accepted,
            finished_at=accepted,
        )
        for first in range(0, run.to_send, 250)
    ]
