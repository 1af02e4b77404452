"""Services of refreshes: starting, cancelling, asking what is unfinished."""

from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from django.db import IntegrityError, models, transaction

from accounts.models import User
from config.problems import problem
from segments.models import Refresh, RefreshTask, Segment, Source


class AlreadyRefreshing(Exception):
    """A refresh of the whole system that is not finished yet: `refresh`."""

    def __init__(self, refresh: Refresh) -> None:
        super().__init__(f"refresh {refresh.pk}")
        self.refresh = refresh


class AlreadyStarted(Exception):
    """Another process has started the refresh of this due time."""


def start_refresh(
    *,
    trigger: str,
    user: User | None = None,
    source: Source | None = None,
    due_at: datetime | None = None,
    now: datetime,
) -> Refresh:
    """Queue a refresh of the whole system, or of one source and its segments.

    Refreshes take turns. Raises AlreadyRefreshing when somebody asks for a whole one while one
    is unfinished, and AlreadyStarted when this due time already has one.
    """
    with transaction.atomic():
        if trigger == Refresh.Trigger.ON_DEMAND:
            _check_none_is_unfinished()
        refresh = _create(
            trigger=trigger, started_by=user, source=source, due_at=due_at, queued_at=now
        )
        RefreshTask.objects.bulk_create(_tasks_of(refresh))
        transaction.on_commit(lambda: nudge(refresh.pk), robust=True)
    return refresh


def cancel_refresh(*, refresh: Refresh, user: User, now: datetime) -> bool:
    """Stop a refresh; what it has refreshed so far stays. Return False when it was over."""
    with transaction.atomic():
        if not refresh.cancel(user, now):
            return False
        waiting = refresh.tasks.filter(status=RefreshTask.Status.QUEUED)
        waiting.update(
            status=RefreshTask.Status.SKIPPED, problem=problem("refresh_canceled"), finished_at=now
        )
    refresh.refresh_from_db()
    return True


def unfinished_refreshes_of(segments: Iterable[Segment]) -> models.QuerySet[Refresh]:
    """Return the unfinished refreshes that will still evaluate one of these segments."""
    waiting = RefreshTask.objects.filter(
        segment__in=list(segments), status=RefreshTask.Status.QUEUED
    )
    found: models.QuerySet[Refresh] = Refresh.objects.unfinished().filter(tasks__in=waiting)
    return found.distinct()


def nudge(refresh_id: int) -> None:
    """Have a worker go on with a refresh; a nudge too many does nothing."""
    # By its name: the task itself stands above this module.
    current_app.send_task("segments.tasks.advance_refresh", kwargs={"refresh_id": refresh_id})


def _check_none_is_unfinished() -> None:
    if refresh := Refresh.objects.unfinished().filter(source=None).first():
        raise AlreadyRefreshing(refresh)


def _create(*, due_at: datetime | None, queued_at: datetime, **fields: object) -> Refresh:
    try:
        with transaction.atomic():
            refresh: Refresh = Refresh.objects.create(
                due_at=due_at, queued_at=queued_at, wake_at=queued_at, **fields
            )
    except IntegrityError as error:
        raise AlreadyStarted(str(due_at)) from error
    return refresh


def _tasks_of(refresh: Refresh) -> list[RefreshTask]:
    sources = Source.objects.order_by("name")
    segments = Segment.objects.filter(kind=Segment.Kind.DYNAMIC).order_by("name")
    if refresh.source_id:
        sources = sources.filter(pk=refresh.source_id)
        segments = segments.filter(source=refresh.source_id)
    tasks = [RefreshTask(refresh=refresh, source=source) for source in sources]
    tasks += [RefreshTask(refresh=refresh, segment=segment) for segment in segments]
    for position, task in enumerate(tasks):
        task.position = position
    return tasks
