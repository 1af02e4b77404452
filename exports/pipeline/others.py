"""The other exports to the same list: whom they send, nobody takes off it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from exports.mapping import Mapping
from exports.models import Export, Run
from exports.pipeline.planning.claims import OtherExport

_UNDER_WAY = (Run.Status.SENDING, Run.Status.CONFIRMING)


def other_exports(export: Export, *, host: str, list_id: int | None) -> list[OtherExport]:
    """Return whom the others deliver to the list: paused ones, too, and those without a
    connection for now. Their last members count as they are when this is asked.
    """
    return [_other(each, f"{host}/{list_id}") for each in _others(export, host, list_id)]


def is_list_shared_anew(run: Run, *, since: datetime) -> bool:
    """Whether another export to the list of a run was saved, has sent somebody, or has got other
    members since then.
    """
    to_the_list = Q(runs__host=run.host, runs__list_id=run.list_id)
    has_sent = Q(runs__finished_at__gt=since) | Q(runs__status__in=_UNDER_WAY)
    others = _others(run.export, run.host, run.list_id).filter(
        Q(updated_at__gt=since)
        | Q(segments__snapshot__created_at__gt=since)
        | (to_the_list & has_sent)
    )
    return others.exists()


def _others(export: Export, host: str, list_id: int | None) -> QuerySet[Export]:
    to_the_list = Q(connection__host=host, list_id=list_id)
    detached = Q(connection=None, delivered_to=f"{host}/{list_id}")
    return Export.objects.filter(to_the_list | detached).exclude(pk=export.pk).order_by("pk")


def _other(export: Export, destination: str) -> OtherExport:
    segments = export.segments.exclude(snapshot=None).exclude(snapshot__table=None)
    files = segments.exclude(snapshot__file="").order_by("pk")
    return OtherExport(
        state=export.delivered if export.delivered_to == destination else "",
        segments=tuple(files.values_list("snapshot__table__file", "snapshot__file")),
        email_column=Mapping.from_json(export.mapping).email_column or "",
        consent_column=export.consent_column,
    )
