"""The whole system as one chain, sources, segments, exports: how each link stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OrderBy, Window
from django.db.models.functions import Lower, RowNumber
from django.utils import timezone

from accounts.models import User
from exports import listing
from exports.models import Export, Run
from exports.outlook import attach_outlooks
from segments.models import Refresh, Segment, Source
from segments.refreshes.standing import Standing, by_attention, standings_of

# Of each link so many, those that need somebody first; the lists show all.
SHOWN = 20
# So many of the last refreshes or runs of each.
LAST = 5
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
    is_busy: bool


def whole_chain(*, reader: User) -> Chain:
    """Return all links of the system, as they stand now and as `reader` may know it."""
    sources = list(Source.objects.select_related("table"))
    segments = list(Segment.objects.select_related("snapshot"))
    return Chain(
        sources=_links(sources, reader),
        source_count=len(sources),
        segments=_links(segments, reader),
        segment_count=len(segments),
        exports=_export_links(reader),
        export_count=Export.objects.count(),
        is_busy=Refresh.objects.unfinished().exists() or Run.objects.active().exists(),
    )


def _links(subjects: Sequence[Source] | Sequence[Segment], reader: User) -> list[Link]:
    first = by_attention(standings_of(subjects, reader=reader), subjects)[:SHOWN]
    standings = standings_of(first, reader=reader, tasks=LAST)
    return [Link(subject, standings[subject.pk]) for subject in first]


def _export_links(reader: User) -> list[ExportLink]:
    exports = Export.objects.with_rights_of(reader).with_last_run().select_related("connection")
    first = list(exports.order_by(_ATTENTION, Lower("name"))[:SHOWN])
    newest = Window(RowNumber(), partition_by=F("export"), order_by=F("pk").desc())
    ranked = Run.objects.filter(export__in=first).annotate(turn=newest).filter(turn__lte=LAST)
    runs: dict[int, list[Run]] = {}
    for run in ranked.select_related("started_by").order_by("-pk"):
        runs.setdefault(run.export_id, []).append(run)
    attach_outlooks([run for last in runs.values() for run in last], timezone.now())
    return [ExportLink(export, runs.get(export.pk, [])) for export in first]
