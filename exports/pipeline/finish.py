"""The end of a run, and what follows from it: for its connection, its export, and who is told."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from connections.failing import note_failure, note_success
from exports.alerts import tell
from exports.models import Alert, Export, Run
from segments.models import Scheduled

# A run by itself survives five minutes of an account that stays away. What has failed five times
# over, for a working week of daily runs, is mended by a person, and each further attempt would
# only hide among the others that something is wrong.
MOST_FAILURES = 5

_DELIVERED = (Run.Status.SUCCESSFUL, Run.Status.WITH_REJECTS)
# Why a run is skipped that found everybody delivered.
_NOTHING = "nothing_to_send"


@transaction.atomic
def finish_run(
    run: Run,
    status: str,
    *,
    now: datetime,
    problem: dict[str, Any] | None = None,
    **counts: Any,
) -> None:
    """End a run in one of the finished states, with all that follows; raises LeaseLost."""
    run.finish(status, now=now, problem=problem, **counts)
    _note_on_connection(run, now)
    if _is_failure(run):
        _note_failure(run, now)
    elif _is_fine(run):
        _note_recovery(run, now)


def note_needs_approval(run: Run, *, now: datetime) -> None:
    """Have administrators told that a run waits for somebody's word.

    Not again when it has only taken the place of one that waited in vain.
    """
    before = run.export.runs.filter(queued_at__lt=run.queued_at).order_by("-queued_at", "-pk")
    replaced = before.first()
    if run.approvals.exists() or not (replaced and _code(replaced) == "superseded"):
        tell(Alert.Kind.NEEDS_APPROVAL, run, now=now)


def _note_on_connection(run: Run, now: datetime) -> None:
    if run.connection is None:
        return
    if run.status == Run.Status.FAILED and run.problem:
        note_failure(connection=run.connection, why=run.problem, now=now)
    elif _is_fine(run):
        note_success(connection=run.connection)


def _note_failure(run: Run, now: datetime) -> None:
    """Tell of the first failure, and pause the schedule with the last that we look on at."""
    exports = Export.objects.filter(pk=run.export_id)
    if exports.filter(failing_since=None).update(failing_since=now):
        has_failed = run.status == Run.Status.FAILED
        kind = Alert.Kind.FAILED if has_failed else Alert.Kind.SKIPPED
        tell(kind, run, now=now, problem=run.problem)
    by_itself = exports.filter(paused_at=None).exclude(recurrence=Scheduled.Recurrence.OFF)
    if _failed_again_and_again(run) and by_itself.update(paused_at=now):
        tell(Alert.Kind.PAUSED, run, now=now, problem=run.problem)


def _note_recovery(run: Run, now: datetime) -> None:
    exports = Export.objects.filter(pk=run.export_id)
    exports.exclude(paused_at=None).update(paused_at=None)
    if exports.exclude(failing_since=None).update(failing_since=None):
        tell(Alert.Kind.RECOVERED, run, now=now)


def _is_failure(run: Run) -> bool:
    """Whether it failed for good, or was kept from running by something that did."""
    skipped = run.status == Run.Status.SKIPPED
    return run.status == Run.Status.FAILED or (skipped and _code(run) == "upstream_failed")


def _is_fine(run: Run) -> bool:
    """Whether it did all there was to do; canceled runs and other skipped ones say nothing."""
    skipped = run.status == Run.Status.SKIPPED
    return run.status in _DELIVERED or (skipped and _code(run) == _NOTHING)


def _failed_again_and_again(run: Run) -> bool:
    """Whether its export's last runs all failed, but for those that say nothing."""
    is_fine = Q(status__in=_DELIVERED) | Q(status=Run.Status.SKIPPED, problem__code=_NOTHING)
    counted = run.export.runs.filter(Q(status=Run.Status.FAILED) | is_fine)
    last = counted.order_by("-queued_at", "-pk").values_list("status", flat=True)
    return list(last[:MOST_FAILURES]) == [Run.Status.FAILED] * MOST_FAILURES


def _code(run: Run) -> str:
    return str(run.problem["code"]) if run.problem else ""
