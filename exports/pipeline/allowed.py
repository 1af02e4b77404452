"""What people may have a run do now, or why not: one answer for pages and for what they press."""

from typing import Any

from django.db.models import Q

from config.problems import problem
from exports.models import Export, Run, SuppressionList
from exports.pipeline.others import is_list_shared_anew
from segments.models import Segment

# A problem (exports/problems.py), or nothing.
Why = dict[str, Any] | None


def why_not_runnable(export: Export, *, scope: str, rejects_of: Run | None) -> Why:
    """Return what an export lacks to run, or to deliver the rejects of a run; None if nothing."""
    if export.connection_id is None:
        return problem("detached")
    if not export.segments.exists():
        return problem("no_segments")
    if scope == Run.Scope.REJECTS and not (rejects_of and rejects_of.plan):
        return problem("rejects_gone")
    return None


def why_not_retried(run: Run) -> Why:
    """Return why the rejects of a finished run can't be delivered now; None if they can."""
    scope = Run.Scope.REJECTS
    return why_not_runnable(run.export, scope=scope, rejects_of=run) or _other_run(run)


def why_not_resumed(run: Run) -> Why:
    """Return why a run can't go on where it stopped; None if it can."""
    if run.status != Run.Status.FAILED:
        return problem("resume_not_failed")
    if not run.plan:
        return problem("resume_unplanned" if run.members is None else "resume_plan_gone")
    if run.export.connection_id is None:
        return problem("detached")
    if _leads_elsewhere(run):
        return problem("resume_elsewhere")
    if run.export.runs.filter(pk__gt=run.pk, members__isnull=False).exists():
        return problem("resume_replaced")
    if is_outdated(run):
        return problem("resume_outdated")
    return _other_run(run)


def is_outdated(run: Run) -> bool:
    """Return whether the plan might send somebody who was suppressed since, or who took back their
    consent since; or act upon somebody for having left who came back since, or whom another export
    sends to the list since: whoever is unsubscribed can't be subscribed again.
    """
    lists = SuppressionList.objects.filter(Q(export=run.export_id) | Q(export=None, host=run.host))
    since = run.planned_at or run.queued_at
    if lists.filter(updated_at__gt=since).exists():
        return True
    unsubscribes = run.options.get("leavers") == Export.Leavers.UNSUBSCRIBE
    if unsubscribes and run.leavers and is_list_shared_anew(run, since=since):
        return True
    if not (run.leavers or run.options.get("consent_column")):
        return False
    planned = {segment["id"]: segment["snapshot"] for segment in run.segments}
    now = Segment.objects.filter(pk__in=planned).values_list("pk", "snapshot")
    return dict(now) != planned


def _leads_elsewhere(run: Run) -> bool:
    """Return whether the export was given another connection or list since."""
    export = run.export
    return (export.connection_id, export.list_id) != (run.connection_id, run.list_id)


def _other_run(run: Run) -> Why:
    other = Run.objects.active().filter(export=run.export_id).exclude(pk=run.pk)
    return problem("another_run") if other.exists() else None
