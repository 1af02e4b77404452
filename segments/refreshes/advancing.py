"""The work of a refresh, in slices: whoever holds its lease goes on where the last one stopped.

A source is one step. The segments of one source are one step together: they share a pass over
its table.
"""

import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from config.leases import LeaseLost
from config.problems import problem
from config.storages.problems import StorageUnavailable
from segments.models import Refresh, RefreshTask, Source
from segments.problems import Refused
from segments.refreshes.starting import nudge
from segments.snapshots import NotRefreshed, refresh_segments
from segments.sources.reading import NothingToRead, put_in_place, read_anew

logger = logging.getLogger(__name__)
SLICE_SECONDS = 5.0
# How often a task is begun before it counts as failed: it may be what kills the workers.
MAX_ATTEMPTS = 3
# So many segments at once: each is a file in the work folder until all are written.
TOGETHER = 50
Status = RefreshTask.Status


def advance(refresh: Refresh) -> None:
    """Work on a refresh for some seconds, then let go; does nothing while another one does."""
    if refresh.is_finished or not refresh.take_lease(timezone.now()):
        return
    try:
        if not refresh.is_finished:
            with refresh.keeping_lease():
                _advance(refresh)
    except LeaseLost:
        logger.info("Refresh %s: cancelled, or taken over by another worker", refresh.pk)


def _advance(refresh: Refresh) -> None:
    if _must_wait(refresh):
        refresh.release_lease(wake_at=timezone.now())
        return
    refresh.begin(timezone.now())
    stop_at = time.monotonic() + SLICE_SECONDS
    while step := _next_step(refresh):
        if time.monotonic() > stop_at:
            refresh.release_lease(wake_at=timezone.now())
            nudge(refresh.pk)
            return
        _take(refresh, step)
    refresh.finish(timezone.now())
    refresh.release_lease(wake_at=None)
    _wake_others(refresh)


def _must_wait(refresh: Refresh) -> bool:
    """Whether an earlier one is unfinished that works on the same sources: they take turns."""
    own = RefreshTask.objects.filter(refresh=refresh)
    sources = models.Q(source__in=own.values("source")) | models.Q(
        source__in=own.values("segment__source")
    )
    segments = models.Q(segment__source__in=own.values("source")) | models.Q(
        segment__source__in=own.values("segment__source")
    )
    earlier = Refresh.objects.unfinished().filter(pk__lt=refresh.pk)
    return RefreshTask.objects.filter(sources | segments, refresh__in=earlier).exists()


def _wake_others(refresh: Refresh) -> None:
    for other in Refresh.objects.unfinished().filter(pk__gt=refresh.pk).order_by("pk"):
        nudge(other.pk)


def _next_step(refresh: Refresh) -> list[RefreshTask]:
    """Return the next source's task, or those of the next source's segments; [] at the end."""
    tasks = refresh.tasks.filter(status__in=RefreshTask.UNFINISHED)
    waiting = tasks.select_related("segment__source__table", "source").order_by("position")
    first = waiting.first()
    if first is None:
        return []
    # Once a worker has died over several together, each goes alone: one of them may be to blame.
    if first.segment is None or first.attempts:
        return [first]
    together = waiting.filter(segment__source=first.segment.source_id, attempts=0)
    return list(together[:TOGETHER])


def _take(refresh: Refresh, step: Sequence[RefreshTask]) -> None:
    now = timezone.now()
    refresh.renew_lease(now)
    for task in step:
        task.attempts += 1
        task.status, task.started_at = Status.REFRESHING, now
    RefreshTask.objects.bulk_update(step, ["attempts", "status", "started_at"])
    try:
        _do(refresh, step)
    except LeaseLost:
        raise
    except StorageUnavailable as error:
        _end_unfinished(step, error.problem)
    except Exception as error:  # noqa: BLE001  # one failed task must not stop the others
        # A message of DuckDB may quote profiles, so only its kind is logged.
        logger.error("Refresh %s, task %s: %s", refresh.pk, step[0].position, type(error).__name__)
        _end_unfinished(step, problem("refresh_failed"))
    with transaction.atomic():
        refresh.renew_lease(timezone.now())
        RefreshTask.objects.bulk_update(step, ["status", "problem", "finished_at"])


def _end_unfinished(step: Sequence[RefreshTask], why: dict[str, Any]) -> None:
    for task in step:
        if task.status == Status.REFRESHING:
            _end(task, Status.FAILED, why)


def _end(task: RefreshTask, status: str, why: dict[str, Any] | None = None) -> None:
    task.status, task.problem, task.finished_at = status, why, timezone.now()


def _do(refresh: Refresh, step: Sequence[RefreshTask]) -> None:
    if step[0].attempts > MAX_ATTEMPTS:
        _give_up(step[0])
    elif step[0].source is not None:
        _refresh_source(refresh, step[0], step[0].source)
    else:
        _refresh_segments(refresh, step)


def _give_up(task: RefreshTask) -> None:
    why = problem("refresh_gave_up", attempts=MAX_ATTEMPTS)
    if task.source is not None:
        # On the source, or the next refresh would let the same file kill as many workers again.
        Source.objects.filter(pk=task.source.pk).update(problem=why)
    _end(task, Status.FAILED, why)


def _refresh_source(refresh: Refresh, task: RefreshTask, source: Source) -> None:
    try:
        fresh = read_anew(source, try_again=refresh.source_id is not None)
        now = timezone.now()
        renew = partial(refresh.renew_lease, now)
        put_in_place(source=source, fresh=fresh, user=refresh.started_by, now=now, renew=renew)
    except NothingToRead:
        _end(task, Status.SUCCESSFUL)
    except (Refused, StorageUnavailable) as error:
        _end(task, Status.FAILED, error.problem)
    else:
        _end(task, Status.SUCCESSFUL)


def _refresh_segments(refresh: Refresh, tasks: Sequence[RefreshTask]) -> None:
    """Refresh segments of one source, all but those that can't be or need not be."""
    segments = {task: task.segment for task in tasks if task.segment is not None}
    failed = _failed_source(refresh, next(iter(segments.values())).source)
    for task, segment in list(segments.items()):
        if not segment.is_active:
            _end(task, Status.SKIPPED, problem("segment_inactive"))
        elif failed is not None:
            _end(task, Status.SKIPPED, problem("source_failed", source=failed.name))
        else:
            continue
        del segments[task]
    if not segments:
        return
    source = next(iter(segments.values())).source
    outcomes = refresh_segments(source=source, segments=list(segments.values()), now=timezone.now())
    for task, segment in segments.items():
        outcome = outcomes[segment.pk]
        if isinstance(outcome, NotRefreshed):
            _end(task, Status.FAILED, outcome.problem)
        else:
            _end(task, Status.SUCCESSFUL)


def _failed_source(refresh: Refresh, source: Source) -> Source | None:
    """Return the source when this refresh could not read it."""
    upstream = refresh.tasks.filter(source=source).exclude(status=Status.SUCCESSFUL)
    return source if upstream.exists() else None
