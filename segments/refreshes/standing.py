"""How sources and segments stand: from what they hold, and from their last refreshes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from config.problems import Description
from segments.models import RefreshTask, Segment, Source
from segments.problems import describe_to

Subject = Source | Segment
NOT_STARTED = "not_started"
# What needs somebody comes first.
ATTENTION = ("failed", "skipped", "refreshing", "queued", NOT_STARTED, "successful")


@dataclass(frozen=True)
class Standing:
    """A status with its name and reason, and the last refreshes, newest first."""

    status: str
    label: str | Promise
    problem: Description | None
    updated_at: datetime | None
    tasks: Sequence[RefreshTask]

    @property
    def is_busy(self) -> bool:
        return self.status in RefreshTask.UNFINISHED

    @property
    def last(self) -> RefreshTask | None:
        return self.tasks[0] if self.tasks else None


def standings_of(
    subjects: Sequence[Subject], *, reader: User, tasks: int = 1
) -> dict[Subject, Standing]:
    """Return how sources and segments stand, with so many of their last refreshes.

    Problems are worded as `reader` may know them. Takes one query.
    """
    last = _last_tasks(subjects, tasks)
    return {each: _standing_of(each, last[each], reader) for each in subjects}


def last_task_of(kind: str) -> Subquery:
    """Return the id of the last task of the source or segment (`kind`) at hand, None before it."""
    of_it = {"source": None, "segment": None, kind: OuterRef("pk")}
    return Subquery(RefreshTask.objects.filter(**of_it).order_by("-pk").values("pk")[:1])


def standings_of_all(subjects: Sequence[Any], *, reader: User) -> dict[Subject, Standing]:
    """Return how many sources and segments stand; each knows its `last_task_id`, see above.

    Their last refreshes are looked up one by one, by an index, instead of ranking all there were.
    Takes one query.
    """
    tasks = RefreshTask.objects.in_bulk([each.last_task_id for each in subjects])
    last = {each: tasks.get(each.last_task_id) for each in subjects}
    return {each: _standing_of(each, [task] if task else [], reader) for each, task in last.items()}


def by_attention(
    standings: Mapping[Subject, Standing], subjects: Iterable[Subject]
) -> list[Subject]:
    """Return the subjects, those that need somebody first, then by name."""
    return sorted(
        subjects, key=lambda each: (ATTENTION.index(standings[each].status), str(each).lower())
    )


_LABELS: dict[str, str | Promise] = {
    "queued": _("Queued"),
    "refreshing": _("Refreshing"),
    "failed": _("Failed"),
    "skipped": _("Skipped"),
    "successful": _("Successful"),
    NOT_STARTED: pgettext_lazy("refresh", "Not started"),
}


def _standing_of(subject: Subject, tasks: Sequence[RefreshTask], reader: User) -> Standing:
    updated_at = _updated_at(subject)
    last = tasks[0] if tasks else None
    status, stored = _status(subject, last, updated_at)
    return Standing(status, _LABELS[status], describe_to(reader, stored), updated_at, tasks)


def _status(
    subject: Subject, last: RefreshTask | None, updated_at: datetime | None
) -> tuple[str, dict[str, Any] | None]:
    if last is not None and last.status in RefreshTask.UNFINISHED:
        return last.status, None
    if subject.problem:
        return "failed", subject.problem
    # What was brought up to date since, by saving it for example, is no longer affected.
    is_newest = last is not None and (
        not updated_at or updated_at < (last.finished_at or updated_at)
    )
    if last is not None and is_newest and last.status != RefreshTask.Status.SUCCESSFUL:
        return last.status, last.problem
    return ("successful", None) if updated_at else (NOT_STARTED, None)


def _updated_at(subject: Subject) -> datetime | None:
    if isinstance(subject, Source):
        return subject.table.created_at if subject.table else None
    return subject.snapshot.created_at if subject.snapshot else None


def _last_tasks(subjects: Sequence[Subject], count: int) -> dict[Subject, list[RefreshTask]]:
    sources = {each.pk: each for each in subjects if isinstance(each, Source)}
    segments = {each.pk: each for each in subjects if isinstance(each, Segment)}
    newest = Window(RowNumber(), partition_by=[F("source"), F("segment")], order_by=F("pk").desc())
    of_them = Q(source__in=sources) | Q(segment__in=segments)
    ranked = RefreshTask.objects.filter(of_them).annotate(turn=newest).filter(turn__lte=count)
    found: dict[Subject, list[RefreshTask]] = {each: [] for each in subjects}
    # Ranked by the index alone: of the many tasks there are, only these few are read.
    last = RefreshTask.objects.filter(pk__in=ranked.values("pk")).order_by("-pk")
    for task in last.select_related("refresh"):
        of_segment = segments.get(task.segment_id or 0)
        found[of_segment or sources[task.source_id or 0]].append(task)
    return found
