"""Whom the next run sends again because the export was changed, for people to know beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from django.utils import formats
from django.utils.translation import ngettext

from exports.mapping import Mapping
from exports.models import Export
from segments.parquet import connect, reading

_MEMBERS = "SELECT count(*) FROM read_parquet(?) WHERE standing = 'member'"
# States of before leavers were noted.
_EVERYBODY = "SELECT count(*) FROM read_parquet(?)"


@dataclass(frozen=True)
class Resend:
    """How many contacts may be sent again; `all` of them, or those whose values differ."""

    contacts: int
    all: bool

    def __str__(self) -> str:
        number = {"contacts": formats.number_format(self.contacts, force_grouping=True)}
        if self.all:
            text = ngettext(
                "Other fields are sent than before: the next run sends the %(contacts)s contact "
                "that was delivered again.",
                "Other fields are sent than before: the next run sends all %(contacts)s contacts "
                "that were delivered again.",
                self.contacts,
            )
        else:
            text = ngettext(
                "A field comes from another column than before: the next run sends the "
                "%(contacts)s contact that was delivered again, if its value differs.",
                "A field comes from another column than before: of the %(contacts)s contacts that "
                "were delivered, the next run sends those again whose values differ.",
                self.contacts,
            )
        return text % number


def resend_after(stored: Export, changed: Export) -> Resend | None:
    """Return whom the next run of `changed` sends again that a run of `stored` would not.

    None when what is sent stays the same, or nobody was delivered there yet.
    """
    before, after = Mapping.from_json(stored.mapping), Mapping.from_json(changed.mapping)
    columns_before = {field.target: field.column for field in before}
    columns_after = {field.target: field.column for field in after}
    if columns_before == columns_after or not _is_delivered_to(changed):
        return None
    contacts = delivered_contacts(changed)
    if not contacts:
        return None
    return Resend(contacts, all=columns_before.keys() != columns_after.keys())


def delivered_contacts(export: Export) -> int | None:
    """Return how many members were delivered; None when that can't be read now."""
    if not _is_delivered_to(export):
        return 0
    try:
        with reading(export.delivered) as path, connect() as db:
            names = db.execute("SELECT name FROM parquet_schema(?)", [path]).fetchall()
            sql = _MEMBERS if ("standing",) in names else _EVERYBODY
            [(contacts,)] = db.execute(sql, [path]).fetchall()
    except (FileNotFoundError, duckdb.Error):
        return None  # it only says beforehand what the run will do anyway
    return int(contacts)


def state_of(export: Export) -> str | None:
    """Return the file of the delivered state that a run would start from; None: from nothing."""
    return export.delivered if _is_delivered_to(export) else None


def _is_delivered_to(export: Export) -> bool:
    """Whether something was delivered to the list that the export writes to."""
    if export.connection is None or not export.delivered:
        return False
    return export.delivered_to == f"{export.connection.host}/{export.list_id}"
