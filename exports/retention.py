"""Deletes plans and delivered states that nobody needs any more."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from exports.corrections import storing
from exports.models import Export, ReadBack, Run, SuppressionList
from exports.pipeline import missing, unreachable
from segments import parquet
from segments.retention import delete_unnamed


def delete_old_plans(*, now: datetime) -> int:
    """Delete the plans of runs that ended KEEP_PLANS_DAYS ago, and files that no row names.

    Plans hold people's data. Return how many are gone; runs keep their figures. Raises
    StorageUnavailable.
    """
    ended_before = now - timedelta(days=settings.KEEP_PLANS_DAYS)
    finished = Run.objects.filter(status__in=Run.FINISHED, finished_at__lt=ended_before)
    old = list(finished.exclude(plan="").exclude(unsettled=True))
    for run in old:
        with transaction.atomic():
            Run.objects.filter(pk=run.pk).update(plan="")
            parquet.delete_on_commit([run.plan])
    delete_unnamed("plans", Run.objects.exclude(plan="").values_list("plan", flat=True), now)
    delete_unnamed(
        "states", Export.objects.exclude(delivered="").values_list("delivered", flat=True), now
    )
    suppressed = SuppressionList.objects.exclude(file="").values_list("file", flat=True)
    delete_unnamed("suppression", suppressed, now)
    corrections = Export.objects.exclude(corrections="").values_list("corrections", flat=True)
    delete_unnamed(storing.FOLDER, corrections, now)
    delete_unnamed(unreachable.FOLDER, _being_planned(), now)
    delete_unnamed(missing.FOLDER, _read_back(), now)
    return len(old)


def _being_planned() -> set[str]:
    """Return the files with who unsubscribed or bounced: runs need them until they are planned."""
    reading = Run.objects.active().values_list("unreachable", flat=True)
    return {name for progress in reading for name in progress.get("files", [])}


def _read_back() -> set[str]:
    """Return the files of read-backs: what they read, and who is missing while the plan is kept."""
    kept = ReadBack.objects.exclude(run__plan="").values_list("progress", flat=True)
    return {
        name for progress in kept for name in [*progress.get("files", []), progress.get("missing")]
    }


def snapshots_in_use() -> set[int]:
    """Return the ids of the snapshots that runs which are not finished were asked to send."""
    frozen = Run.objects.active().values_list("segments", flat=True)
    return {segment["snapshot"] for segments in frozen for segment in segments}
