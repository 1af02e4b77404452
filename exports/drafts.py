"""What people have entered of exports and not saved: kept as they go, for thirty days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from exports.models import Export, ExportDraft

LIFETIME = timedelta(days=30)


class AlreadySaved(Exception):
    """The draft was saved meanwhile, as `export`."""

    def __init__(self, export: Export) -> None:
        super().__init__(f"Saved as export {export.pk}")
        self.export = export


def find_draft(*, user: User, export: Export | None = None, key: UUID | None = None) -> ExportDraft:
    """Return the user's draft of an export, or the one of a new export that has this key.

    Unsaved when there is none yet. Raises AlreadySaved.
    """
    wanted = {"export": export} if export else {"key": key}
    drafts = ExportDraft.objects.select_related("saved_as")
    draft = drafts.filter(user=user, **wanted).first() or ExportDraft(user=user, **wanted)
    if draft.saved_as:
        raise AlreadySaved(draft.saved_as)
    return draft


@transaction.atomic
def keep_draft(
    *, draft: ExportDraft, entries: Mapping[str, list[str]], now: datetime
) -> ExportDraft:
    """Store what was entered. Raises AlreadySaved."""
    values = {"entries": dict(entries), "updated_at": now}
    wanted = {"export": draft.export} if draft.export else {"key": draft.key}
    drafts = ExportDraft.objects.select_related("saved_as").select_for_update(of=("self",))
    kept, begun = drafts.get_or_create(user=draft.user, **wanted, defaults=values)
    if kept.saved_as:
        raise AlreadySaved(kept.saved_as)
    if not begun:
        kept.entries, kept.updated_at = values["entries"], now
        kept.save(update_fields=list(values))
    return kept


def close_draft(*, draft: ExportDraft, export: Export, now: datetime) -> None:
    """End a draft that was saved: the address of a new export leads to it from now on."""
    if draft.export is not None:
        discard_draft(draft=draft)
        return
    ExportDraft.objects.update_or_create(
        user=draft.user,
        key=draft.key,
        defaults={"saved_as": export, "entries": {}, "updated_at": now},
    )


def discard_draft(*, draft: ExportDraft) -> None:
    """Forget what was entered; an export that was being edited stays as it is."""
    if draft.pk is not None:
        draft.delete()


def delete_old_drafts(*, now: datetime) -> int:
    """Delete what nobody has touched for thirty days, and return how many drafts that were."""
    return ExportDraft.objects.untouched_since(now - LIFETIME).delete()[0]
