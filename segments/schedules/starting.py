"""Starting the refreshes that are due: of the system, of sources and of segments."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import models, transaction

from segments.models import Refresh, RefreshSchedule, Segment, Source
from segments.refreshes.starting import AlreadyStarted, start_refresh
from segments.schedules.due_times import next_due

log = logging.getLogger("facteur.schedules")


def start_due(*, now: datetime) -> list[Refresh]:
    """Start every refresh whose due time has come, each once, whoever else looks for them.

    Due times that passed while the system was down are made up for by one refresh.
    """
    started = []
    for subject, of in _due(now):
        try:
            refresh = _start(subject, of, now)
        except Exception as error:  # noqa: BLE001 - one that can't be started must not stop others
            log.error("%s %s is due: %s", subject._meta.label, subject.pk, type(error).__name__)
        else:
            started += [refresh] if refresh else []
    return started


def claim_due_time(subject: Any, now: datetime) -> datetime | None:
    """Move `subject` on to its next due time and return the one that has come.

    Returns None when somebody else has just done so, or has saved another schedule. Belongs into
    the transaction that starts what is due: both happen or neither.
    """
    due_at: datetime | None = subject.due_at
    rows: models.QuerySet[Any] = type(subject)._default_manager.filter(
        pk=subject.pk, version=subject.version, due_at=due_at
    )
    return due_at if rows.update(due_at=next_due(subject, now)) else None


def _due(now: datetime) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield what is due, each with what start_refresh needs to know of it."""
    # Refreshes take turns: in this order, whatever follows finds the newest profiles.
    for schedule in RefreshSchedule.objects.filter(due_at__lte=now):
        yield schedule, {}
    for source in Source.objects.filter(due_at__lte=now).order_by("due_at"):
        yield source, {"source": source}
    for segment in Segment.objects.filter(due_at__lte=now).order_by("due_at"):
        yield segment, {"segment": segment}


@transaction.atomic
def _start(subject: Any, of: dict[str, Any], now: datetime) -> Refresh | None:
    due_at = claim_due_time(subject, now)
    if due_at is None or _is_static(subject) or _is_waiting(of):
        return None
    try:
        return start_refresh(trigger=Refresh.Trigger.SCHEDULE, due_at=due_at, now=now, **of)
    except AlreadyStarted:
        # Somebody who had opened the subject before saved it with the due time of then.
        return None


def _is_static(subject: Any) -> bool:
    """Whether it is refreshed by hand only; its schedule counts again once it is dynamic."""
    return isinstance(subject, Segment) and subject.kind == Segment.Kind.STATIC


def _is_waiting(of: dict[str, Any]) -> bool:
    """Whether a refresh of the same has not begun yet, which then serves this due time too."""
    queued = Refresh.objects.filter(status=Refresh.Status.QUEUED)
    same = queued.filter(**of) if of else queued.of_the_system()
    return bool(same.exists())
