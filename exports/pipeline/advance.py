"""Advance: the one function that moves a run on, a slice of a few seconds at a time.

Whatever happens to the worker, the database says where the run is; the next slice goes on there.
"""

import logging
import random
import time
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from config.leases import LeaseLost
from config.problems import problem
from config.storages.problems import problem_of_storage
from connections.activecampaign.errors import ActiveCampaignError, RateLimited, TemporaryError
from connections.problems import problem_of
from connections.services import limiter_for
from exports.models import Run
from exports.pipeline.interruptions import NotYet, Skip, Stop
from exports.pipeline.prepare import plan_run, prepare, read_destination
from exports.pipeline.rounds import cancel_requested, deliver
from exports.pipeline.settle import give_up, settle
from exports.pipeline.unreachable import is_read

log = logging.getLogger("facteur.runs")

SLICE_SECONDS = 5.0
# About five minutes of an account that does not answer.
MOST_ATTEMPTS = 10
# A good key is refused now and then; one that is refused three times is not good.
MOST_KEY_ATTEMPTS = 3
# What a rate limit without Retry-After stands for: their minute.
RATE_PAUSE = 60.0


def advance(run_id: int, *, now: datetime) -> datetime | None:
    """Work on a run for one slice, if it is due and nobody else does.

    Returns when it wants to go on; None when it is finished, not due yet, or another worker's.
    """
    run = Run.objects.select_related("export", "connection").filter(pk=run_id).first()
    if run is None or run.is_at_rest or run.must_wait(now):
        return None
    if not run.take_lease(now):
        return None
    try:
        with run.keeping_lease():
            wake_at = _work(run)
            # What is at rest was let go of; a lease taken just then for nothing ends by itself.
            if not run.is_at_rest:
                run.release_lease(wake_at=wake_at)
    except LeaseLost:
        log.warning("run %s: another worker has taken over", run_id)
        return None
    return wake_at


def _work(run: Run) -> datetime | None:
    """Take steps until the slice is over or the run has to wait; return when to go on."""
    until = time.monotonic() + SLICE_SECONDS
    wake_at = timezone.now()
    while not run.is_at_rest and wake_at <= timezone.now() and time.monotonic() < until:
        try:
            wake_at = _step_or_end(run, until)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must not be lost
            wake_at = _after_fault(run, error)
    if run.is_at_rest:
        return None
    # Who asked meanwhile is not kept waiting for whatever the run would wait for.
    return timezone.now() if cancel_requested(run) else wake_at


def _step_or_end(run: Run, until: float) -> datetime:
    """Take a step, and do what its outcome asks for; return when to go on."""
    try:
        return _step(run, until)
    except NotYet as waiting:
        run.note(waiting.problem, attempts=run.attempts)
        return timezone.now() + waiting.pause
    except Skip as skip:
        settle(run, Run.Status.SKIPPED, problem=skip.problem, now=timezone.now())
    except Stop as stop:
        _fail(run, stop.problem)
    except ActiveCampaignError as error:
        return _after(run, error)
    return timezone.now()


def _step(run: Run, until: float) -> datetime:
    run.refresh_from_db(fields=["cancel_requested_by"])
    if run.cancel_requested_by_id:
        settle(run, Run.Status.CANCELED, now=timezone.now())
        log.info("run %s: canceled", run.pk)
        return timezone.now()
    match run.status:
        case Run.Status.QUEUED:
            prepare(run, now=timezone.now())
            return timezone.now()
        case Run.Status.PLANNING if not is_read(run):
            return read_destination(run, until)
        case Run.Status.PLANNING:
            return plan_run(run, until)
        case Run.Status.NEEDS_APPROVAL:
            # Only one that a later run replaces is worked on.
            settle(run, Run.Status.SKIPPED, problem=problem("superseded"), now=timezone.now())
            return timezone.now()
        case _:
            return deliver(run, until)


def _after(run: Run, error: ActiveCampaignError) -> datetime:
    """Return when to try again after an error, or fail the run."""
    log.warning("run %s: %s", run.pk, error)
    if isinstance(error, RateLimited):
        # Waiting, not a failure: every run of the account waits, and no attempt is used up.
        pause = error.retry_after or RATE_PAUSE
        if run.connection:
            limiter_for(run.connection).pause(pause)
        wake_at = timezone.now() + timedelta(seconds=pause)
        run.note(_waiting("waiting_for_limit", wake_at), attempts=run.attempts)
        return wake_at
    attempts = run.attempts + 1
    most = MOST_ATTEMPTS if isinstance(error, TemporaryError) else 1
    if error.code in ("key_refused", "contacts_forbidden"):
        most = MOST_KEY_ATTEMPTS
    if attempts >= most:
        _fail(run, _problem(run, error))
        return timezone.now()
    retry_after = error.retry_after if isinstance(error, TemporaryError) else None
    return _try_again(run, attempts, at_least=retry_after or 0.0)


def _problem(run: Run, error: ActiveCampaignError) -> dict[str, Any]:
    if run.connection is None:
        return problem("detached")
    return problem_of(error, run.connection, list_id=run.list_id)


def _after_fault(run: Run, error: Exception) -> datetime:
    """Return when to try again after a fault of ours: a full disk, a lost database, a bug."""
    # Only the kind and the place: a message may quote somebody's address.
    log.error("run %s: %s at %s", run.pk, type(error).__name__, _place(error))
    attempts = run.attempts + 1
    why = problem_of_storage(error)
    if attempts >= MOST_ATTEMPTS:
        give_up(run, why or problem("internal"), now=timezone.now())
        return timezone.now()
    return _try_again(run, attempts, why=why)


def _fail(run: Run, why: dict[str, Any]) -> None:
    settle(run, Run.Status.FAILED, problem=why, now=timezone.now())
    log.error("run %s: failed, %s", run.pk, why["code"])


def _try_again(
    run: Run, attempts: int, *, at_least: float = 0.0, why: dict[str, Any] | None = None
) -> datetime:
    """Note that the last attempt failed; return when to make the next one."""
    # Spread, so that the runs of an account that comes back don't all knock at once.
    pause = min(2.0**attempts, 60.0) * random.uniform(0.5, 1.0)  # noqa: S311
    wake_at = timezone.now() + timedelta(seconds=max(pause, at_least))
    run.note(_waiting("trying_again", wake_at) | (why or {}), attempts=attempts)
    return wake_at


def _waiting(code: str, until: datetime) -> dict[str, Any]:
    return problem(code, until=until.isoformat())


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
