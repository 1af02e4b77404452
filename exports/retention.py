"""Deletes plans and delivered states that nobody needs any more."""

from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from exports.models import Export, Run
from segments.retention import delete_unnamed

# Plans hold people's data: how long one can still ask what a run did about somebody.
KEEP_PLANS_FOR = timedelta(days=90)


def delete_old_plans(*, now: datetime) -> int:
    """Delete the plans of runs that ended 90 days ago, and files that no row names.

    Return how many plans are gone. Runs keep their figures.
    """
    old = Run.objects.filter(status__in=Run.FINISHED, finished_at__lt=now - KEEP_PLANS_FOR).exclude(
        plan=""
    )
    for run in old:
        file, run.plan = run.plan, ""
        run.save(update_fields=["plan"])
        default_storage.delete(file)
    delete_unnamed("plans", Run.objects.exclude(plan="").values_list("plan", flat=True), now)
    delete_unnamed(
        "states", Export.objects.exclude(delivered="").values_list("delivered", flat=True), now
    )
    return len(old)
