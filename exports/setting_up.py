"""An export while somebody sets it up: what stands in the form, and what would come of it."""

from __future__ import annotations

from dataclasses import dataclass

from exports.conflicts import Conflict, find_conflicts
from exports.destination import Destination
from exports.forms import ExportForm
from exports.list_ids import read_list_id
from exports.matching import Matching
from exports.models import Export
from exports.remapping import Resend, resend_after
from segments.models import Segment


@dataclass
class Setup:
    """The form as it stands: its fields, its data matching, and what the account says."""

    export: Export
    form: ExportForm
    matching: Matching
    destination: Destination
    segments: list[Segment]

    @property
    def stored(self) -> Export | None:
        """Return the export as it is stored, None while it is new."""
        return Export.objects.select_related("connection").filter(pk=self.export.pk).first()

    def draft(self) -> Export | None:
        """Return the export as saving would leave it, unsaved; None while it has no list."""
        try:
            number = read_list_id(str(self.form["list_id"].value() or ""), self.destination.lists)
        except ValueError:
            return None
        draft = self.form.drafted
        draft.pk, draft.name = self.export.pk, str(self.form["name"].value() or "")
        draft.connection, draft.list_id = self.destination.connection, number
        draft.mapping = self.matching.mapping.to_json()
        if stored := self.stored:
            draft.delivered, draft.delivered_to = stored.delivered, stored.delivered_to
            draft.corrections = stored.corrections
        return draft

    def conflicts(self) -> list[Conflict]:
        """Return the other exports that write to the same list or fields."""
        draft = self.draft()
        return find_conflicts(draft, self.segments) if draft else []

    def resend(self) -> Resend | None:
        """Return whom the next run sends again because of what was changed here."""
        stored, draft = self.stored, self.draft()
        return resend_after(stored, draft) if stored and draft else None
