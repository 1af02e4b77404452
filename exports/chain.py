"""The whole system as one chain, sources, segments, exports: how each link stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OrderBy, Window
from django.db.models.functions import Lower, RowNumber
from django.utils import timezone

from accounts.models import User
from exports import listing
from exports.models import Export, Run
from exports.models.exports import of_last_run
from exports.outlook import attach_outlooks
from segments.models import Refresh, Segment, Source
from segments.refreshes.standing import (
    Standing,
    by_attention,
    last_task_of,
    standings_of,
    standings_of_all,
)

# Of each link so many, those that need somebody first; the lists show all.
SHOWN = 8
# So many of the last refreshes or runs of each.
LAST = 3
_ATTENTION = OrderBy(listing.by_attention("last_status"), nulls_last=True)


@dataclass(frozen=True)
class Link:
    """One source or segment, and how it stands."""

    subject: Source | Segment
    standing: Standing


@dataclass(frozen=True)
class ExportLink:
    """One export, and its last runs, newest first."""

    export: Any
    runs: Sequence[Run]

    @property
    def last(self) -> Run | None:
        return self.runs[0] if self.runs else None


@dataclass(frozen=True)
class Chain:
    """What the system consists of: how many of each, and the ones that matter most."""

    sources: Sequence[Link]
    source_count: int
    segments: Sequence[Link]
    segment_count: int
    exports: Sequence[ExportLink]
    export_count: int
    # Refreshes under way.
    refreshing: Sequence[Refresh]
    is_busy: bool


def whole_chain(*, reader: User) -> Chain:
    """Return all links of the system, as they stand now and as `reader` may know it."""
    sources = list(
        Source.objects.select_related("table")
        .annotate(last_task_id=last_task_of("source"))
        .only("name", "problem", "table__created_at")
    )
    segments = list(
        Segment.objects.select_related("snapshot")
        .annotate(last_task_id=last_task_of("segment"))
        .only("name", "problem", "snapshot__created_at")
    )
    standings = standings_of_all([*sources, *segments], reader=reader)
    first_sources = by_attention(standings, sources)[:SHOWN]
    first_segments = by_attention(standings, segments)[:SHOWN]
    shown = standings_of([*first_sources, *first_segments], reader=reader, tasks=LAST)
    refreshing = list(Refresh.objects.for_pages().unfinished())
    exports = _first_exports(reader)
    return Chain(
        sources=[Link(source, shown[source]) for source in first_sources],
        source_count=len(sources),
        segments=[Link(segment, shown[segment]) for segment in first_segments],
        segment_count=len(segments),
        exports=_with_runs(exports),
        export_count=exports[0].count if exports else 0,
        refreshing=refreshing,
        is_busy=bool(refreshing) or Run.objects.active().exists(),
    )


def _first_exports(reader: User) -> list[Any]:
    """Return the exports that matter most, each with the `count` of all."""
    exports = Export.objects.with_rights_of(reader).select_related("connection")
    counted = exports.annotate(last_status=of_last_run("status"), count=Window(Count("pk")))
    return list(counted.order_by(_ATTENTION, Lower("name"))[:SHOWN])


def _with_runs(exports: Sequence[Any]) -> list[ExportLink]:
    newest = Window(RowNumber(), partition_by=F("export"), order_by=F("pk").desc())
    ranked = Run.objects.filter(export__in=exports).annotate(turn=newest).filter(turn__lte=LAST)
    runs: dict[int, list[Run]] = {}
    for run in ranked.select_related("started_by").order_by("-pk"):
        runs.setdefault(run.export_id, []).append(run)
    attach_outlooks([run for last in runs.values() for run in last], timezone.now())
    return [ExportLink(export, runs.get(export.pk, [])) for export in exports]
