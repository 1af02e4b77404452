"""What administrators are to be told of: changes, not each failure anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from exports.models import Alert, Run
from segments.models import Refresh, Segment, Source
from segments.refreshes.standing import standings_of

# How long what was told is kept; what is known of refreshes is kept in the last of theirs.
KEPT = timedelta(days=30)

Failing = dict[str, list[int]]


def tell(kind: str, run: Run, *, now: datetime, problem: dict[str, Any] | None = None) -> None:
    """Have administrators told of a change in how an export stands."""
    Alert.objects.create(
        kind=kind, run=run, export_id=run.export_id, problem=problem, created_at=now, due_at=now
    )


def look_at_refreshes(*, now: datetime) -> Alert | None:
    """Have administrators told which sources and segments fail, when these are not the same.

    Exports learn of refreshes by asking. What is being refreshed just now stands as before.
    """
    reader = User.objects.active_administrators().first()
    if reader is None:
        return None
    last = _last_of_refreshes()
    before: Failing = {"source": [], "segment": []} | (last.failing if last else {})
    sources = Source.objects.select_related("table")
    segments = Segment.objects.select_related("snapshot")
    failing = {
        "source": _failing(list(sources), before["source"], reader),
        "segment": _failing(list(segments), before["segment"], reader),
    }
    if failing == before:
        return None
    return Alert.objects.create(
        kind=Alert.Kind.REFRESH,
        refresh=Refresh.objects.filter(finished_at__isnull=False).order_by("finished_at").last(),
        failing=failing,
        failed_before=before,
        created_at=now,
        due_at=now,
    )


def delete_old_alerts(*, now: datetime) -> int:
    """Delete what was told long ago, and return how many."""
    old = Alert.objects.filter(due_at=None, created_at__lt=now - KEPT)
    if last := _last_of_refreshes():
        old = old.exclude(pk=last.pk)
    return old.delete()[0]


def _last_of_refreshes() -> Alert | None:
    return Alert.objects.filter(kind=Alert.Kind.REFRESH).order_by("pk").last()


def _failing(
    subjects: Sequence[Source] | Sequence[Segment], before: list[int], reader: User
) -> list[int]:
    standings = standings_of(subjects, reader=reader)
    return sorted(
        subject.pk
        for subject, standing in standings.items()
        if standing.status == "failed" or (standing.is_busy and subject.pk in before)
    )
