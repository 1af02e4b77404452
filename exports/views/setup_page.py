"""One visit to *Set up export*: what each of its buttons does, and what is shown then."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SignedInRequest
from config.keys import is_key
from exports.drafts import AlreadySaved, discard_draft, keep_draft
from exports.entries import Entries, is_same, merged
from exports.models import Export, ExportDraft
from exports.setting_up import Setup
from exports.steps import following, preceding, step_of
from exports.views.preview import preview_context
from exports.views.setup_context import context_of
from exports.views.setup_saving import save_and_show

# What is saved is what was seen: nothing is suggested on the way.
SAVES = ("save", "save_and_run")


class SetUpPage:
    """One step of the form. Every button sends the step, which is kept in the draft first.

    So the page works without JavaScript, and nothing is lost on the way to another step, to
    signing in again, or to lunch. `beginning` is what the form shows before there is a draft.
    """

    def __init__(
        self, request: SignedInRequest, export: Export, draft: ExportDraft, beginning: Entries
    ) -> None:
        self.request = request
        self.export = export
        self.draft = draft
        self.beginning = beginning
        self.step = step_of(request.GET.get("step"))

    def respond(self) -> HttpResponseBase:
        """Answer the request."""
        return self._answer() if self.request.method == "POST" else self._open()

    # --- What the buttons do

    def _open(self) -> HttpResponse:
        setup = self._read(self._kept())
        setup.suggest()
        return self._page(setup, is_final="check" in self.request.GET)

    def _answer(self) -> HttpResponseBase:
        """Keep what was sent, then do what the pressed button says."""
        action = self.request.POST.get("action", "")
        setup = self._read(merged(self._kept(), self.request.POST, self.step))
        self._edit(setup, action)
        try:
            self._keep(setup)
        except AlreadySaved as error:
            return redirect("exports:edit", pk=error.export.pk)
        if action == "cancel":
            return self._leave()
        if action == "restart":
            discard_draft(draft=self.draft)
            return redirect(self._address(self.step))
        if action.startswith("go-"):
            return redirect(self._address(step_of(action.removeprefix("go-"))))
        if action == "next":
            return self._go_on(setup)
        if action in SAVES:
            return self._save(setup, and_run=action == "save_and_run")
        return self._page(setup, is_previewed=action == "preview")

    def _edit(self, setup: Setup, action: str) -> None:
        """Change the entries as a button inside a step says."""
        kind, _, number = action.partition("-")
        if action == "add":
            setup.matching.add(self.request.POST.get("attribute", ""))
        elif kind == "remove" and is_key(number):
            setup.matching.remove(int(number))
        elif kind == "list" and is_key(number):
            setup.entries["list_id"] = [number]
        elif action not in SAVES and not self._chooses_column():
            setup.suggest()
        setup.note_rows()
        setup.note_list()

    def _chooses_column(self) -> bool:
        """Tell whether a column was chosen: rows stay while arrow keys pass over its options."""
        return bool(self.request.htmx) and self.request.htmx.trigger_name == "row_column"

    def _go_on(self, setup: Setup) -> HttpResponse:
        """Lead to the next step, or show what is wrong with this one."""
        setup.judge(self.step, is_final=True)
        if self.step in setup.unfinished:
            return self._page(setup, is_final=True)
        return redirect(self._address(following(self.step)))

    def _save(self, setup: Setup, *, and_run: bool) -> HttpResponse:
        """Store the export, or lead to the first step that something is wrong with."""
        if not setup.is_complete():
            setup.judge(self.step, is_final=True)
            if self.step not in setup.unfinished:
                return redirect(self._address(setup.unfinished[0], check=1))
            return self._page(setup, is_final=True)
        refused = save_and_show(self.request, setup, self.draft, and_run=and_run)
        if isinstance(refused, HttpResponse):
            return refused
        if refused.step not in ("", self.step):
            return redirect(self._address(refused.step, check=1))
        return self._page(setup, is_final=True, changed=refused.changed)

    def _leave(self) -> HttpResponse:
        """Go away; when something was entered, ask first whether to keep it."""
        if self.draft.pk:
            return redirect("exports:discard", pk=self.draft.pk)
        return redirect(self._way_out())

    # --- What is shown

    def _page(
        self,
        setup: Setup,
        *,
        is_final: bool = False,
        is_previewed: bool = False,
        changed: Export | None = None,
    ) -> HttpResponse:
        steps = setup.judge(self.step, is_final=is_final)
        changed = changed or self._changed_meanwhile(setup)
        context = context_of(self.request, setup, self.step) | {
            "steps": steps,
            "step": next(each for each in steps if each.is_current),
            "previous": preceding(self.step),
            "is_final": is_final,
            "is_quiet": "quiet" in self.request.POST,
            "changed": changed,
            "version": changed.version if changed else setup.entries.get("version", ["0"])[0],
            "address": self._address(self.step),
            "draft": self.draft,
        }
        if is_previewed and not setup.unfinished and (draft := setup.draft()):
            user = self.request.user
            context |= preview_context(draft, setup.segments, setup.destination, user)
        template = "exports/_setup.html" if self.request.htmx else "exports/setup.html"
        return render(self.request, template, context)

    def _changed_meanwhile(self, setup: Setup) -> Export | None:
        """Return the stored export when somebody has saved it since this draft was begun."""
        base = (setup.entries.get("version") or [""])[0]
        stored = setup.stored
        return stored if stored and self.draft.pk and base != str(stored.version) else None

    # --- Details

    def _read(self, entries: Entries) -> Setup:
        return Setup(export=self.export, entries=entries, user=self.request.user)

    def _kept(self) -> Entries:
        return self.draft.entries if self.draft.pk else self.beginning

    def _keep(self, setup: Setup) -> None:
        """Keep a draft of what differs from the export as it is stored, and no other."""
        if self.draft.pk or not is_same(setup.entries, self.beginning):
            now = timezone.now()
            self.draft = keep_draft(draft=self.draft, entries=setup.entries, now=now)

    def _address(self, step: str, **more: Any) -> str:
        """Return the address of a step; what a new export began with, until a draft knows it."""
        query = [("step", step), *more.items()]
        if self.export.pk:
            return f"{reverse('exports:edit', args=[self.export.pk])}?{urlencode(query)}"
        if not self.draft.pk:
            begun = ("like", "segment")
            query += [(name, text) for name in begun for text in self.request.GET.getlist(name)]
        return f"{reverse('exports:add')}?{urlencode([('draft', self.draft.key), *query])}"

    def _way_out(self) -> str:
        if self.export.pk:
            return reverse("exports:detail", args=[self.export.pk])
        return reverse("exports:list")
