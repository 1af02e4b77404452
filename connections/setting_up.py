"""The page *Set up connection*: what each of its buttons does, and what is shown then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest
from config.problems import Description
from connections import drafts
from connections.forms import MISSING, NAME_TAKEN, ConnectionForm, show_draft
from connections.limits import RATE_FIELDS
from connections.models import Connection, ConnectionDraft
from connections.presenting import show_steps
from connections.privacy import PRIVACY_TEXT, PRIVACY_VERSION
from connections.problems import FIELDS, describe_problem
from connections.progress import show_progress, summarize
from connections.proving import address_of_proof

CREDENTIALS = ("api_key", "host")
ENTRIES = ("name", "visibility", *CREDENTIALS, *RATE_FIELDS)
# A draft that has rested so long is somebody coming back to it.
RESTED = timedelta(minutes=10)
# What *Save* says of a step that is still to be done.
STEPS_MISSING = {
    "connect": _("Select Connect first: key and host have not been tried yet."),
    "export_user": _("Select Add yourself as export user."),
}


class SetUp:
    """One visit to the page.

    Every button submits the form, which first keeps what was entered in the draft: so the page
    works without JavaScript, and nothing entered is lost on the way to re-authentication.
    """

    def __init__(self, request: SignedInRequest, pk: int | None) -> None:
        self.request = request
        self.pk = pk

    def show(self) -> HttpResponseBase:
        return self._page(show_draft(self._open()))

    def answer(self) -> HttpResponseBase:
        draft = self._open()
        if self.request.POST.get("draft_id") != str(draft.pk):
            return self._gone()
        action = self.request.POST.get("action")
        if action in ("cancel", "restart"):
            drafts.discard(draft=draft)
            return self._go(
                self.request.path if action == "restart" else reverse("connections:list")
            )
        posted = ConnectionForm(self.request.POST, draft=draft, final=action == "save")
        try:
            return self._do(action, posted)
        except ChangedMeanwhile:
            return self._page(show_draft(self._open()))
        except drafts.DraftGone:
            return self._gone()

    def _do(self, action: str | None, posted: ConnectionForm) -> HttpResponseBase:
        """Keep what was posted, then do what the button says."""
        posted.is_valid()
        now = timezone.now()
        draft = drafts.keep(draft=posted.draft, entries=posted.entries(), now=now)
        form = show_draft(draft, posted)
        form.full_clean()
        match action:
            case "connect":
                self._connect(form, now)
            case "export_user" if self._may_add_export_user(form):
                return self._ask_for_credentials(draft)
            case "save" if self._save(form, posted.cleaned_data.get("version") or 0, now):
                return self._go(reverse("connections:list"))
        return self._page(form, host=posted.reduced_host())

    def _connect(self, form: ConnectionForm, now: datetime) -> None:
        """Try what is entered, and note at the field what is wrong with it."""
        if form.errors.keys() & {"host", "api_key"}:
            return
        try:
            draft = drafts.connect(draft=form.draft, now=now)
        except drafts.Incomplete as error:
            self._note_missing(form, error.missing)
        except drafts.Overtaken:
            form.add_error(None, translate("Key or host changed meanwhile. Select Connect again."))
        else:
            for step in draft.steps:
                problem = step["problem"]
                if problem and problem["code"] in FIELDS:
                    words = describe_problem(problem, draft.user)
                    form.add_error(FIELDS[problem["code"]], words.happened if words else "")

    def _may_add_export_user(self, form: ConnectionForm) -> bool:
        if form.draft.connected() is None:
            form.add_error(None, STEPS_MISSING["connect"])
        return not form.errors.keys() & {"host", "api_key", "__all__"}

    def _ask_for_credentials(self, draft: ConnectionDraft) -> HttpResponseBase:
        """Send the person to prove who they are, whenever they last did."""
        back = f"{self.request.path}export-user/"
        return self._go(address_of_proof(self.request, draft, back))

    def _save(self, form: ConnectionForm, version: int, now: datetime) -> bool:
        """Save, or note everything that is missing; raises ChangedMeanwhile and DraftGone.

        `version` is the one that the person saw, not the one that is current.
        """
        if not form.is_valid():
            self._note_missing(form, drafts.missing_in(form.draft))
            return False
        try:
            saved = drafts.save_connection(draft=form.draft, version=version, now=now)
        except drafts.Incomplete as error:
            self._note_missing(form, error.missing)
        except drafts.NameTaken:
            form.add_error("name", NAME_TAKEN)
        else:
            messages.success(self.request, translate("The connection “%s” is saved.") % saved.name)
            return True
        return False

    def _note_missing(self, form: ConnectionForm, missing: Iterable[str]) -> None:
        for name in missing:
            if name in MISSING and name not in form.errors:
                form.add_error(name, str(MISSING[name]))
            elif name in STEPS_MISSING:
                form.add_error(None, str(STEPS_MISSING[name]))

    def _open(self) -> ConnectionDraft:
        return open_own_draft(self.request, self.pk)

    def _page(self, form: ConnectionForm, host: str = "") -> HttpResponse:
        """Show the form; for htmx, the parts that this request may have changed.

        `host` is what a pasted address was reduced to.
        """
        draft = form.draft
        context: dict[str, Any] = {
            "form": form,
            "draft": draft,
            "connection": draft.connection,
            "trouble": _trouble_of(draft),
            "connected": draft.connected(),
            "export_user": draft.export_user(),
            "export_user_since": draft.export_user_since(),
            "steps": show_steps(draft),
            "progress": show_progress(form),
            "summary": summarize(form),
            "tried": self.request.POST.get("action") == "connect",
            "missing": drafts.missing_in(draft),
            "changed_meanwhile": draft.changed_meanwhile(),
            "consent": drafts.consent_in_force(draft),
            "reduced_host": host,
            "rested": draft.touched and timezone.now() - draft.updated_at > RESTED,
            "privacy_text": PRIVACY_TEXT,
            "privacy_version": PRIVACY_VERSION,
            "privacy_url": settings.PRIVACY_STATEMENT_URL,
        }
        if not self.request.htmx:
            return render(self.request, "connections/set_up.html", context)
        # Who is typing is not interrupted by a summary of all that is still wrong.
        context["autosaved"] = bool(self.request.htmx.trigger_name)
        context["replaced"] = self._replaced()
        return render(self.request, "connections/_changes.html", context)

    def _replaced(self) -> tuple[str, ...]:
        """Return the entries to replace: not those that somebody may be typing in meanwhile."""
        if asking := self.request.htmx.trigger_name:
            return tuple(name for name in ENTRIES if name == asking)
        return CREDENTIALS if self.request.POST.get("action") == "connect" else ENTRIES

    def _go(self, address: str) -> HttpResponseBase:
        return HttpResponseClientRedirect(address) if self.request.htmx else redirect(address)

    def _gone(self) -> HttpResponseBase:
        messages.info(
            self.request,
            translate(
                "This form was saved or canceled already, or had rested for more than seven "
                "days. Nothing was changed."
            ),
        )
        return self._go(reverse("connections:list"))


def _trouble_of(draft: ConnectionDraft) -> Description | None:
    """Return why the saved connection can't be used, or why its runs fail."""
    saved = draft.connection
    return describe_problem(saved.trouble(), draft.user) if saved else None


def open_own_draft(request: SignedInRequest, pk: int | None) -> ConnectionDraft:
    """Return the person's draft of a connection they manage, or of a new one without `pk`."""
    manageable = Connection.objects.manageable_by(request.user).select_related("export_user")
    connection = None if pk is None else get_object_or_404(manageable, pk=pk)
    return drafts.open_draft(user=request.user, connection=connection, now=timezone.now())
