"""What keeps an erasure from touching a file now: work under way that reads or writes it."""

from datetime import timedelta
from typing import Any

from config.problems import problem
from exports.models import ReadBack, Run
from segments.models import RefreshTask, Source

# How often an erasure looks again whether what it waits for is over.
PAUSE = timedelta(seconds=15)


class NotYet(Exception):
    """Something has to end first; `problem` says what, `pause` when to look again."""

    def __init__(self, why: dict[str, Any], pause: timedelta = PAUSE) -> None:
        super().__init__(why["code"])
        self.problem, self.pause = why, pause


def check_source_rests(source: Source) -> None:
    """Raise NotYet while a refresh or a run is at work on the source's profiles."""
    tasks = RefreshTask.objects.filter(
        status__in=RefreshTask.UNFINISHED, refresh__status__in=("queued", "refreshing")
    )
    if tasks.filter(source=source).exists() or tasks.filter(segment__source=source).exists():
        raise NotYet(problem("erasure_waits_for_refresh", source=source.name))
    reading = Run.objects.filter(status=Run.Status.PLANNING, export__segments__source=source)
    if run := reading.select_related("export").first():
        raise NotYet(problem("erasure_waits_for_run", export=run.export.name))


def check_export_rests(export_id: int) -> None:
    """Raise NotYet while a run of the export is not finished, or one of its lists is read back."""
    if run := Run.objects.active().filter(export=export_id).select_related("export").first():
        approval = run.status == Run.Status.NEEDS_APPROVAL
        code = "erasure_waits_for_approval" if approval else "erasure_waits_for_run"
        raise NotYet(problem(code, export=run.export.name))
    reading = ReadBack.objects.filter(run__export=export_id, status=ReadBack.Status.RUNNING)
    if found := reading.select_related("run__export").first():
        raise NotYet(problem("erasure_waits_for_read_back", export=found.run.export.name))
