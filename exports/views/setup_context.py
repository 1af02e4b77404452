"""What the template of each step of *Set up export* is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.permissions import SignedInRequest
from exports.entries import as_data
from exports.forms import too_many
from exports.list_picker import pick_list
from exports.models import Export
from exports.option_words import options_in_words
from exports.setting_up import Setup
from exports.steps import CONNECTION, MATCHING, OPTIONS, PREVIEW, SEGMENTS
from exports.summary import summarize
from exports.views.listing import missing_for
from segments.forms.schedule import ScheduleChoice
from segments.schedules.preview import preview


def context_of(request: SignedInRequest, setup: Setup, step: str) -> dict[str, Any]:
    """Return what every step shows, and what this one does."""
    choice = ScheduleChoice(as_data(setup.entries), scheduled=setup.stored or Export())
    scheduled = choice.apply_to(Export()) if choice.is_valid() else None
    context = {
        "setup": setup,
        "form": setup.form,
        "matching": setup.matching,
        "destination": setup.destination,
        "stored": setup.stored,
        "summary": summarize(setup, scheduled),
        "unfinished": setup.unfinished,
    }
    if step == OPTIONS:
        shown = scheduled and preview(scheduled, timezone.now())
        context |= {"choice": choice, "preview": shown}
    return context | _CONTEXTS[step](request, setup)


def _connection(request: SignedInRequest, setup: Setup) -> dict[str, Any]:
    text = str(setup.form["list_id"].value() or "")
    return {
        "picker": pick_list(setup.destination, text, setup.list),
        "conflicts": setup.conflicts(),
        **({"has_connection": True} if setup.usable else missing_for(request.user)),
    }


def _segments(request: SignedInRequest, setup: Setup) -> dict[str, Any]:
    return {"too_many": too_many(setup.segments), "max_members": settings.MAX_MEMBERS}


def _matching(request: SignedInRequest, setup: Setup) -> dict[str, Any]:
    setup.matching.illustrate(setup.segments)
    return {
        "removed": request.POST.get("action", "").startswith("remove-"),
        "conflicts": setup.conflicts(),
        "resend": setup.resend(),
    }


def _options(request: SignedInRequest, setup: Setup) -> dict[str, Any]:
    return {"options": options_in_words(setup.form.drafted), "conflicts": setup.conflicts()}


def _preview(request: SignedInRequest, setup: Setup) -> dict[str, Any]:
    return {
        "conflicts": setup.conflicts(),
        "resend": setup.resend(),
        **_segments(request, setup),
    }


_CONTEXTS: dict[str, Callable[[SignedInRequest, Setup], dict[str, Any]]] = {
    CONNECTION: _connection,
    SEGMENTS: _segments,
    MATCHING: _matching,
    OPTIONS: _options,
    PREVIEW: _preview,
}
