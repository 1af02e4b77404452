"""Starting, cancelling and resuming runs: what people and the clock ask for."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from config.problems import problem
from exports.models import Approval, Export, Run
from exports.pipeline.allowed import is_outdated, why_not_resumed, why_not_runnable
from segments.models import Refresh, Scheduled
from segments.schedules.starting import claim_due_time

log = logging.getLogger("facteur.runs")

# A refresh that ended longer ago than this no longer starts runs: its snapshots are old news.
FOLLOW_WITHIN = timedelta(hours=24)


class AlreadyRunning(Exception):
    """The export has a run that is not finished; `run` is that one."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"run {run.pk} of export {run.export_id} is {run.status}")
        self.run = run


class NotRunnable(Exception):
    """The export lacks something it needs; `problem` says what (exports/problems.py)."""

    def __init__(self, problem: dict[str, object]) -> None:
        super().__init__(problem["code"])
        self.problem = problem


class NotWaiting(Exception):
    """The run does not wait for approval, or not any more: it was canceled or replaced."""


class Outdated(Exception):
    """What the run would send is not what is known now: it must not go on by that plan."""


class NotResumable(Exception):
    """The run can't go on where it stopped; `problem` says why (exports/problems.py)."""

    def __init__(self, problem: dict[str, object]) -> None:
        super().__init__(problem["code"])
        self.problem = problem


def start_run(
    *,
    export: Export,
    trigger: str,
    user: User | None = None,
    refresh: Refresh | None = None,
    now: datetime,
    scope: str = Run.Scope.CHANGES,
    rejects_of: Run | None = None,
) -> Run:
    """Return a new queued run; raises NotRunnable and AlreadyRunning.

    Scope.REJECTS delivers only those whom the run `rejects_of` could not deliver.
    """
    if why := why_not_runnable(export, scope=scope, rejects_of=rejects_of):
        raise NotRunnable(why)
    return _queue(
        export,
        now,
        trigger=trigger,
        started_by=user,
        refresh=refresh,
        scope=scope,
        rejects_of=rejects_of,
    )


@transaction.atomic
def approve_run(*, run: Run, user: User, now: datetime) -> Approval:
    """Let a run go on although its guards stopped it, and record who did.

    Raises NotWaiting, and Outdated.
    """
    guards = run.guards
    if is_outdated(run):
        raise Outdated
    if not run.approve(now=now):
        raise NotWaiting
    approval = Approval.objects.create(run=run, guards=guards, user=user, approved_at=now)
    _nudge(run)
    return approval


def request_cancel(*, run: Run, user: User, now: datetime) -> None:
    """Ask a run to stop: it does so at its next step, and keeps what was sent."""
    Run.objects.filter(pk=run.pk, status__in=Run.ACTIVE).update(
        cancel_requested_by=user, wake_at=now
    )
    _nudge(run)


def resume_run(*, run: Run, user: User, now: datetime) -> Run:
    """Let a failed run go on where it stopped; raises NotResumable and AlreadyRunning.

    One that failed while it waited for approval waits again.
    """
    if why := why_not_resumed(run):
        raise NotResumable(why)
    try:
        with transaction.atomic():
            Run.objects.filter(pk=run.pk, status=Run.Status.FAILED).update(
                status=Run.Status.NEEDS_APPROVAL if run.guards else Run.Status.SENDING,
                problem=None,
                attempts=0,
                finished_at=None,
                cancel_requested_by=None,
                wake_at=now,
            )
    except IntegrityError:
        raise AlreadyRunning(run.export.runs.filter(status__in=Run.ACTIVE).get()) from None
    run.refresh_from_db()
    _nudge(run)
    return run


def start_following_runs(*, now: datetime) -> list[Run]:
    """Start the runs that the last refresh of the whole system asks for, once each.

    Exports learn of a refresh by asking: nothing below them knows that they exist. A run that
    is still under way is followed by this one at a later tick. Paused exports start nothing.
    """
    refresh = (
        Refresh.objects.filter(
            source=None,
            status__in=[Refresh.Status.SUCCESSFUL, Refresh.Status.FAILED],
            finished_at__gt=now - FOLLOW_WITHIN,
        )
        .order_by("finished_at")
        .last()
    )
    if refresh is None:
        return []
    followers = (
        Export.objects.filter(
            recurrence=Scheduled.Recurrence.REFRESH,
            created_at__lt=refresh.queued_at,
            paused_at=None,
        )
        .exclude(connection=None)
        .exclude(runs__refresh=refresh)
    )
    _replace_waiting(followers, now)
    followers = followers.exclude(runs__status__in=Run.ACTIVE)
    return [run for export in followers if (run := _follow(export, refresh, now))]


def start_due_runs(*, now: datetime) -> list[Run]:
    """Start the runs whose exports' own due time has come, each once.

    A due time that comes while the export is running is kept until that run has ended; those
    that follow it meanwhile, while the system is down or the export paused, are made up for by
    the same run.
    """
    due = Export.objects.filter(due_at__lte=now, paused_at=None)
    _replace_waiting(due.exclude(connection=None), now)
    due = due.exclude(runs__status__in=Run.ACTIVE)
    due = due.select_related("connection").order_by("due_at")
    return [run for export in due if (run := _try_to_start(export, now))]


def _replace_waiting(exports: QuerySet[Export], now: datetime) -> None:
    """Have the runs end that wait for approval while their export is to run again.

    What was sent before they stopped has to be settled first: the later run starts after that.
    """
    waiting = Run.objects.filter(
        export__in=exports,
        status=Run.Status.NEEDS_APPROVAL,
        cancel_requested_by=None,
        problem__isnull=True,
    )
    for run in waiting:
        # Nobody has approved it meanwhile: that moves it out of this state.
        if waiting.filter(pk=run.pk).update(problem=problem("superseded"), wake_at=now):
            _nudge(run)


def _try_to_start(export: Export, now: datetime) -> Run | None:
    try:
        return _start_due(export, now)
    except Exception as error:  # noqa: BLE001 - one that can't be started must not stop others
        log.error("export %s is due: %s", export.pk, type(error).__name__)
        return None


def _start_due(export: Export, now: datetime) -> Run | None:
    try:
        with transaction.atomic():
            due_at = claim_due_time(export, now)
            if due_at is None or export.connection is None:
                return None
            return _queue_due(export, due_at, now)
    except AlreadyRunning:
        # Started by somebody just now: the due time has not been claimed, and waits for its end.
        return None


def _queue_due(export: Export, due_at: datetime, now: datetime) -> Run | None:
    try:
        return _queue(export, now, trigger=Run.Trigger.SCHEDULE, due_at=due_at)
    except IntegrityError:
        # It has its run: the export was saved with the due time of before.
        return None


def _queue(export: Export, now: datetime, **fields: Any) -> Run:
    """Create a run that a worker may begin at once; raises AlreadyRunning."""
    try:
        with transaction.atomic():
            run = Run.objects.create(
                export=export, connection=export.connection, queued_at=now, wake_at=now, **fields
            )
    except IntegrityError:
        # The database allows one unfinished run an export, whoever asks at the same time.
        if unfinished := export.runs.filter(status__in=Run.ACTIVE).first():
            raise AlreadyRunning(unfinished) from None
        raise
    _name_successor(run)
    _nudge(run)
    return run


def _name_successor(run: Run) -> None:
    """Have the run before say which one took its place, if that is how it ended."""
    before = run.export.runs.filter(pk__lt=run.pk).order_by("-pk")[:1]
    replaced = Run.objects.filter(pk__in=before, status=Run.Status.SKIPPED)
    replaced = replaced.filter(problem__code="superseded")
    replaced.update(problem=problem("superseded", by=run.pk))


def _follow(export: Export, refresh: Refresh, now: datetime) -> Run | None:
    try:
        return start_run(export=export, trigger=Run.Trigger.REFRESH, refresh=refresh, now=now)
    except (AlreadyRunning, NotRunnable, IntegrityError):
        # Somebody started it just now, or its last segment was deleted: its page says so.
        return None


def _nudge(run: Run) -> None:
    from exports.tasks import advance_run

    # Robust: without a broker the run waits for the next tick, and nobody sees an error.
    transaction.on_commit(lambda: advance_run.delay(run_id=run.pk), robust=True)
