"""Saving what was set up: what keeps it from being saved, and what is said then."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest
from exports.drafts import close_draft
from exports.models import Export, ExportDraft
from exports.services import NameTaken, save_export
from exports.setting_up import Setup
from exports.steps import CONNECTION
from exports.views.commands import run_and_show
from exports.wording import when_it_runs


@dataclass(frozen=True)
class Refused:
    """Why nothing was saved: the step to mend, or the version of somebody who was first."""

    step: str = ""
    changed: Export | None = None


def save_and_show(
    request: SignedInRequest, setup: Setup, draft: ExportDraft, *, and_run: bool
) -> HttpResponse | Refused:
    """Store a complete set-up, end its draft, and lead to the export or to its run."""
    resend = setup.resend()
    try:
        export = _store(request, setup)
    except ChangedMeanwhile as error:
        return Refused(changed=error.current)
    except NameTaken:
        return Refused(step=CONNECTION)
    if setup.destination.connection and not setup.list:
        text = _("The account did not answer, so the list is checked when the export runs.")
        messages.warning(request, text)
    close_draft(draft=draft, export=export, now=timezone.now())
    if and_run:
        return run_and_show(request, export)
    saved = _("“%(name)s” is saved.") % {"name": export.name}
    messages.success(request, f"{saved} {when_it_runs(export)}")
    if resend:
        messages.info(request, str(resend))
    return redirect("exports:detail", pk=export.pk)


def _store(request: SignedInRequest, setup: Setup) -> Export:
    form, export = setup.form, setup.export
    export.list_id = form.cleaned_data["list_id"]
    export.list_name = setup.list.name if setup.list else ""
    export.mapping = setup.matching.mapping.to_json()
    form.apply_to(export)
    form.apply_options(export)
    return save_export(
        export=export,
        segments=form.cleaned_data["segments"],
        expected=form.cleaned_data["version"],
        user=request.user,
        now=timezone.now(),
    )
