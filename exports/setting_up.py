"""An export while somebody sets it up: what stands in the form, and what would come of it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property

from accounts.models import User
from config.keys import is_key
from connections.activecampaign.answers import ContactList
from connections.models import Connection
from exports.conflicts import Conflict, find_conflicts
from exports.destination import ListMissing, find_list, look_up
from exports.entries import Entries, as_data
from exports.forms import ExportForm, shown_list
from exports.list_ids import read_list_id
from exports.matching import Matching
from exports.models import Export
from exports.remapping import Resend, resend_after
from exports.steps import CONNECTION, MATCHING, PREVIEW, STEP_FIELDS, STEPS, Step, show_steps
from segments.models import Segment, Source

# With all that its members are read with.
READABLE = Segment.objects.select_related("source__table", "snapshot__table")


class Setup:
    """The entries of a draft as a form, its data matching, and what the account says to them.

    `export` is the one as stored; *Save* writes the form into it.
    """

    def __init__(self, *, export: Export, entries: Entries, user: User) -> None:
        self.export = export
        self.entries = entries
        self.user = user
        # As it is stored, whatever the form writes into the other one; None while it is new.
        self.stored = copy(export) if export.pk else None
        usable = Connection.objects.usable_by(user).with_consent().select_related("export_user")
        self.usable = [*usable.order_by("name")]
        self.destination = look_up(self._connection(), user)
        self.segments = self._segments()
        self.entries["segments"] = [str(segment.pk) for segment in self.segments]
        self.matching = Matching.posted(as_data(entries), self.sources, self.destination.fields)

    @cached_property
    def form(self) -> ExportForm:
        """The form of the entries; asked for once the data matching is as it shall be."""
        shown = shown_list(self._text("list_id"), self.destination)
        return ExportForm(
            as_data(self.entries | {"list_id": [shown] if shown else []}),
            instance=self.export,
            usable=self.usable,
            chosen=self.segments,
            destination=self.destination,
            matching=self.matching,
        )

    @cached_property
    def list(self) -> ContactList | None:
        """The list in the account, None while it is not known; the form says when it is gone."""
        if self.list_id is None:
            return None
        try:
            return find_list(self.destination, self.list_id, self.user)
        except ListMissing as error:
            if not self.form.errors.get("list_id"):
                self.form.add_error("list_id", str(error.description))
            return None

    @property
    def sources(self) -> Sequence[Source]:
        """Return the sources of the chosen segments."""
        return [*{segment.source_id: segment.source for segment in self.segments}.values()]

    @property
    def list_id(self) -> int | None:
        """Return the number of the list that is entered, None while it is none."""
        try:
            return read_list_id(self._text("list_id"), self.destination.lists)
        except ValueError:
            return None

    @property
    def name(self) -> str:
        return self._text("name")

    def suggest(self) -> None:
        """Fill in what suggests itself, for a new export."""
        if self.segments and self.export.pk is None:
            self.matching.suggest()
        self.note_rows()

    def note_rows(self) -> None:
        """Take over the rows of the data matching into the entries."""
        if self.segments:
            self.entries |= self.matching.entries()

    def note_list(self) -> None:
        """Take over the number of the list that was named, or whose address was pasted."""
        if (number := self.list_id) is not None:
            self.entries["list_id"] = [str(number)]

    # --- Judging

    def judge(self, step: str, *, is_final: bool) -> Sequence[Step]:
        """Leave in the form what is wrong with one step, and return how all of them stand.

        Until it `is_final`, what is missing is no mistake.
        """
        answers = self.destination.answers
        if step == CONNECTION:
            _ = self.list
        matched = self.matching.check(account_answers=answers)
        mistakes = set(self.form.mistakes())
        incomplete = set(self.form.errors)
        fits = self.matching.check(account_answers=answers, is_final=is_final and step == MATCHING)
        done = {name for name in STEPS if not incomplete & {*STEP_FIELDS[name]}}
        wrong = {name for name in STEPS if mistakes & {*STEP_FIELDS[name]}}
        done -= set() if matched else {MATCHING}
        wrong |= set() if fits or not self.segments else {MATCHING}
        if len(done) < len(STEPS) or self.export.pk is None:
            done.discard(PREVIEW)
        self.unfinished = [name for name in STEPS if name not in done and name != PREVIEW]
        self.form.keep_errors(STEP_FIELDS[step], is_final=is_final)
        if is_final:
            wrong |= {step} & {*self.unfinished}
        return show_steps(step, done=done - wrong, wrong=wrong)

    def is_complete(self) -> bool:
        """Tell whether all of it could be saved."""
        matched = self.matching.check(account_answers=self.destination.answers)
        _ = self.list
        return self.form.is_valid() and matched

    # --- What would come of it

    def draft(self) -> Export | None:
        """Return the export as saving would leave it, unsaved; None while it has no list."""
        if (number := self.list_id) is None:
            return None
        draft = self.form.drafted
        draft.pk, draft.name = self.export.pk, self.name
        draft.connection, draft.list_id = self.destination.connection, number
        draft.mapping = self.matching.mapping.to_json()
        if stored := self.stored:
            draft.delivered, draft.delivered_to = stored.delivered, stored.delivered_to
            draft.corrections = stored.corrections
        return draft

    def conflicts(self) -> Sequence[Conflict]:
        """Return the other exports that write to the same list or fields."""
        draft = self.draft()
        return find_conflicts(draft, self.segments) if draft else []

    def resend(self) -> Resend | None:
        """Return whom the next run sends again because of what was changed here."""
        stored, draft = self.stored, self.draft()
        return resend_after(stored, draft) if stored and draft else None

    # --- Details

    def _text(self, name: str) -> str:
        return next(iter(self.entries.get(name, ())), "").strip()

    def _connection(self) -> Connection | None:
        chosen = self._text("connection")
        return next((each for each in self.usable if str(each.pk) == chosen), None)

    def _segments(self) -> Sequence[Segment]:
        wanted = {int(pk) for pk in self.entries.get("segments", ()) if is_key(pk)}
        known = {each.pk: each for each in self.export.segments.all()} if self.export.pk else {}
        if missing := wanted - known.keys():
            known |= {each.pk: each for each in READABLE.filter(pk__in=missing)}
        return sorted((known[pk] for pk in wanted & known.keys()), key=lambda each: each.name)
