"""The work of a refresh, in slices: whoever holds its lease goes on where the last one stopped."""

import logging
import time

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from config.leases import LeaseLost
from config.problems import problem
from segments.models import Refresh, RefreshTask, Segment, Source
from segments.refreshes.starting import nudge
from segments.snapshots import NotRefreshed, refresh_segment

logger = logging.getLogger(__name__)
SLICE_SECONDS = 5.0
# How often a task is begun before it counts as failed: it may be what kills the workers.
MAX_ATTEMPTS = 3


class _Failed(Exception):
    """A task that has ended otherwise than well."""

    def __init__(self, status: str, code: str, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.problem = problem(code, **values)


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
    while (
        task := refresh.tasks.filter(status=RefreshTask.Status.QUEUED).order_by("position").first()
    ):
        if time.monotonic() > stop_at:
            refresh.release_lease(wake_at=timezone.now())
            nudge(refresh.pk)
            return
        _run(refresh, task)
    refresh.finish(timezone.now())
    refresh.release_lease(wake_at=None)
    _wake_next(refresh)


def _must_wait(refresh: Refresh) -> bool:
    """Whether an earlier one is unfinished: refreshes take turns."""
    return bool(Refresh.objects.unfinished().filter(pk__lt=refresh.pk).exists())


def _wake_next(refresh: Refresh) -> None:
    following = Refresh.objects.unfinished().filter(pk__gt=refresh.pk).order_by("pk").first()
    if following is not None:
        nudge(following.pk)


def _run(refresh: Refresh, task: RefreshTask) -> None:
    now = timezone.now()
    refresh.renew_lease(now)
    task.attempts += 1
    task.started_at = now
    task.save(update_fields=["attempts", "started_at"])
    try:
        _check_attempts(task)
        _do(task)
    except (_Failed, NotRefreshed) as error:
        task.status = getattr(error, "status", RefreshTask.Status.FAILED)
        task.problem = error.problem
    except Exception as error:  # noqa: BLE001  # one failed task must not stop the others
        # A message of DuckDB may quote profiles, so only its kind is logged.
        logger.error("Refresh %s, task %s: %s", refresh.pk, task.position, type(error).__name__)
        task.status, task.problem = RefreshTask.Status.FAILED, problem("refresh_failed")
    else:
        task.status = RefreshTask.Status.SUCCESSFUL
    with transaction.atomic():
        refresh.renew_lease(timezone.now())
        task.finished_at = timezone.now()
        task.save(update_fields=["status", "problem", "finished_at"])


def _check_attempts(task: RefreshTask) -> None:
    if task.attempts > MAX_ATTEMPTS:
        raise _Failed(RefreshTask.Status.FAILED, "refresh_gave_up", attempts=MAX_ATTEMPTS)


def _do(task: RefreshTask) -> None:
    if task.segment is not None:
        _check_upstream(task, task.segment)
        refresh_segment(segment=task.segment, now=timezone.now())
    elif task.source is not None:
        _refresh_source(task.source)


def _refresh_source(source: Source) -> None:
    """Make sure that an uploaded file is still there; it has nothing newer to be read."""
    if source.table is None:
        raise _Failed(RefreshTask.Status.SKIPPED, "source_empty", source=source.name)
    if not default_storage.exists(source.table.file):
        raise _Failed(RefreshTask.Status.FAILED, "file_gone", source=source.name)


def _check_upstream(task: RefreshTask, segment: Segment) -> None:
    if not segment.is_active:
        raise _Failed(RefreshTask.Status.SKIPPED, "segment_inactive")
    upstream = task.refresh.tasks.filter(source=segment.source)
    if upstream.exclude(status=RefreshTask.Status.SUCCESSFUL).exists():
        raise _Failed(RefreshTask.Status.SKIPPED, "source_failed", source=segment.source.name)
