"""Services of refreshes: starting, cancelling, asking what is unfinished."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from celery import current_app
from django.db import IntegrityError, models, transaction

from accounts.models import User
from config.problems import problem
from segments.models import Refresh, RefreshTask, Scheduled, Segment, Source


class AlreadyRefreshing(Exception):
    """A refresh of the same that is not finished yet: `refresh`."""

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
    segment: Segment | None = None,
    due_at: datetime | None = None,
    again: bool = False,
    now: datetime,
) -> Refresh:
    """Queue a refresh of the whole system, of one source with its segments, or of one segment.

    Raises AlreadyRefreshing when somebody asks for what is being refreshed, unless it is needed
    `again` because it was changed since; and AlreadyStarted when this due time already has its
    refresh.
    """
    with transaction.atomic():
        if trigger == Refresh.Trigger.ON_DEMAND and not again:
            _check_none_is_unfinished(source, segment)
        refresh = _create(
            trigger=trigger,
            started_by=user,
            source=source,
            segment=segment,
            due_at=due_at,
            queued_at=now,
        )
        _add_tasks(refresh, _sources_of(refresh), _segments_of(refresh))
    return refresh


def refresh_for_export(*, segments: Sequence[Segment], now: datetime) -> Refresh:
    """Queue a refresh of these segments, because an export is about to send them."""
    with transaction.atomic():
        refresh = _create(trigger=Refresh.Trigger.EXPORT, due_at=None, queued_at=now)
        _add_tasks(refresh, [], segments)
    return refresh


def cancel_refresh(*, refresh: Refresh, user: User, now: datetime) -> bool:
    """Stop a refresh; what it has refreshed so far stays. Return False when it was over."""
    with transaction.atomic():
        if not refresh.cancel(user, now):
            return False
        waiting = refresh.tasks.filter(status__in=RefreshTask.UNFINISHED)
        waiting.update(
            status=RefreshTask.Status.SKIPPED, problem=problem("refresh_canceled"), finished_at=now
        )
    refresh.refresh_from_db()
    return True


def unfinished_refreshes_of(segments: Iterable[Segment]) -> models.QuerySet[Refresh]:
    """Return the unfinished refreshes that will still evaluate one of these segments."""
    waiting = RefreshTask.objects.filter(
        segment__in=list(segments), status__in=RefreshTask.UNFINISHED
    )
    found: models.QuerySet[Refresh] = Refresh.objects.unfinished().filter(tasks__in=waiting)
    return found.distinct()


def nudge(refresh_id: int) -> None:
    """Have a worker go on with a refresh; a nudge too many does nothing."""
    # By its name: the task itself stands above this module.
    current_app.send_task("segments.tasks.advance_refresh", kwargs={"refresh_id": refresh_id})


def _check_none_is_unfinished(source: Source | None, segment: Segment | None) -> None:
    unfinished = Refresh.objects.unfinished()
    of_it = unfinished.filter(source=source, segment=segment)
    if refresh := (of_it if source or segment else unfinished.of_the_system()).first():
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


def _sources_of(refresh: Refresh) -> Iterable[Source]:
    if refresh.segment_id:
        return []
    if refresh.source:
        return [refresh.source]
    following: Iterable[Source] = Source.objects.filter(recurrence=Scheduled.Recurrence.REFRESH)
    return following


def _segments_of(refresh: Refresh) -> Iterable[Segment]:
    if refresh.segment:
        return [refresh.segment]
    following = Segment.objects.filter(
        kind=Segment.Kind.DYNAMIC, recurrence=Scheduled.Recurrence.REFRESH
    )
    return following.filter(source=refresh.source) if refresh.source else following


def _add_tasks(refresh: Refresh, sources: Iterable[Source], segments: Iterable[Segment]) -> None:
    """Add a task for each source, then for each segment, and have a worker begin."""
    tasks = [RefreshTask(refresh=refresh, source=source) for source in sorted(sources, key=str)]
    tasks += [RefreshTask(refresh=refresh, segment=each) for each in sorted(segments, key=str)]
    for position, task in enumerate(tasks):
        task.position = position
    RefreshTask.objects.bulk_create(tasks)
    transaction.on_commit(lambda: nudge(refresh.pk), robust=True)
