"""As what an address stands: on which lists we believe it, and on which lists of the suppressed."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.models import Export, Run, SuppressionList
from exports.pipeline.settle import destination
from segments import parquet
from segments.mentions import Mentioned

# Since when somebody is delivered is looked up in so many of the oldest plans.
_MOST_PLANS = 100
STANDINGS: dict[str, str | Promise] = {
    "member": _("On the list, as a member"),
    "due": _("Still due: the last delivery failed"),
    "waiting": _("Left the segments, and stays while another export sends to them"),
    "leaving": _("Left the segments, and may have been told so: the next run finds out"),
    "refused": _("ActiveCampaign never took the contact"),
    "left": _("Left the segments, and stays on the list"),
    "marked": _("Left the segments, and is marked in ActiveCampaign"),
    "unsubscribed": _("Left the segments, and was unsubscribed"),
}


@dataclass(frozen=True)
class Delivered:
    """That an export has delivered an address to its list, as far as Facteur was told.

    `first` is the oldest run that still knows of it; `is_first` says that it was new then, or
    else it was delivered before.
    """

    export: Export
    host: str
    list_id: str
    standing: str
    first: Run | None
    is_first: bool

    @property
    def words(self) -> str | Promise:
        return STANDINGS[self.standing]


def find_delivered(address: Mentioned) -> list[Delivered]:
    """Return the exports whose delivered state has the address, by name."""
    exports = Export.objects.exclude(delivered="").select_related("connection").order_by("name")
    found = []
    for export in exports:
        if standing := _standing(export.delivered, address):
            host, _slash, list_id = export.delivered_to.rpartition("/")
            first, is_first = _first_run(export, address)
            found.append(Delivered(export, host, list_id, standing, first, is_first))
    return found


def find_suppressions(address: Mentioned) -> list[SuppressionList]:
    """Return the suppression lists that hold the address."""
    lists = SuppressionList.objects.exclude(file="").select_related("export").order_by("pk")
    return [each for each in lists if _has_row(each.file, address)]


def _standing(file: str, address: Mentioned) -> str:
    """Return as what a delivered state has the address; "" when it has not."""
    try:
        with parquet.reading(file) as path, parquet.connect() as connection:
            sql = "SELECT * FROM read_parquet(?) WHERE email = ?"
            found = parquet.rows(connection, sql, [path, address.address])
    except FileNotFoundError:
        return ""
    if not found:
        return ""
    # States of before there was a choice about leavers know members only.
    standing = found[0].get("standing") or "member"
    return "due" if standing == "member" and found[0]["hash"] is None else str(standing)


def _first_run(export: Export, address: Mentioned) -> tuple[Run | None, bool]:
    """Return the oldest run to the same list that knows the address, and whether it was new."""
    runs = export.runs.exclude(plan="").order_by("queued_at", "pk")[:_MOST_PLANS]
    same = [run for run in runs if destination(run) == export.delivered_to]
    for run in same:
        if action := _action(run, address):
            return run, action == "new"
    return None, False


def _action(run: Run, address: Mentioned) -> str:
    sql = "SELECT action FROM read_parquet(?) WHERE email = ? AND action <> 'rejected'"
    try:
        with parquet.reading(run.plan) as path:
            found = parquet.first_row(sql, [path, address.address])
    except FileNotFoundError:
        return ""
    return str(found[0]) if found else ""


def _has_row(file: str, address: Mentioned) -> bool:
    try:
        with parquet.reading(file) as path:
            sql = "SELECT 1 FROM read_parquet(?) WHERE email = ? LIMIT 1"
            return parquet.first_row(sql, [path, address.address]) is not None
    except FileNotFoundError:
        return False
