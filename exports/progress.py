"""The progress details of a refresh: its sources and segments, and the runs that follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Lower

from accounts.models import User
from exports.listing import by_attention
from exports.models import Run
from exports.run_listing import runs_of_history
from segments.models import Refresh, RefreshTask
from segments.problems import describe_to
from segments.refreshes.standing import ATTENTION

# Of each kind so many, those that need somebody first, unless all are asked for.
SHOWN = 25


@dataclass(frozen=True)
class Part:
    """Some of the tasks, or runs, of a refresh, and how many there are."""

    rows: Sequence[Any]
    count: int

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows)


@dataclass(frozen=True)
class Progress:
    """How far a refresh is; rows of sources and segments are a task and its problem in words."""

    sources: Part
    segments: Part
    runs: Part
    done: int
    succeeded: int
    total: int
    is_busy: bool


def progress_of(refresh: Refresh, *, reader: User, everything: bool) -> Progress:
    """Return how far a refresh is, as `reader` may know it; `everything` cuts nothing off."""
    tasks = refresh.tasks.select_related("source", "segment").order_by("position")
    first = sorted(tasks, key=lambda task: ATTENTION.index(task.status))
    most = None if everything else SHOWN
    runs = runs_of_history(refresh=refresh)
    active = Run.objects.active().filter(refresh=refresh)
    return Progress(
        sources=_part([task for task in first if task.source_id], reader, most),
        segments=_part([task for task in first if task.segment_id], reader, most),
        runs=Part(
            list(runs.order_by(by_attention("status"), Lower("export__name"))[:most]), runs.count()
        ),
        done=sum(task.status not in RefreshTask.UNFINISHED for task in first),
        succeeded=sum(task.status == RefreshTask.Status.SUCCESSFUL for task in first),
        total=len(first),
        is_busy=not refresh.is_finished or active.exists(),
    )


def _part(tasks: Sequence[RefreshTask], reader: User, most: int | None) -> Part:
    return Part([(task, describe_to(reader, task.problem)) for task in tasks[:most]], len(tasks))
