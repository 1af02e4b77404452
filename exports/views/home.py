"""The first page: what is under way, what needs somebody, and how to begin."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from connections.models import Connection
from exports.models import Export, Run
from exports.outlook import attach_outlooks
from exports.wording import next_refresh_at, why_paused
from segments.models import Segment, Source

LATEST = 10
NEEDY = 10
# Somebody decides about these, or a new run of the same export answers them.
_NEEDS_SOMEBODY = (Run.Status.NEEDS_APPROVAL, Run.Status.FAILED, Run.Status.WITH_REJECTS)


@dataclass(frozen=True)
class Step:
    """One of the first steps; `address` is empty for those who may not take it."""

    label: str | Promise
    is_done: bool
    address: str


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show what is fine, what is not, and what to do."""
    runs = Run.objects.for_pages()
    running = list(runs.active().exclude(status=Run.Status.NEEDS_APPROVAL))
    attach_outlooks(running, timezone.now())
    needy = Export.objects.last_runs(_NEEDS_SOMEBODY)
    paused = Export.objects.with_rights_of(request.user)
    context = {
        "paused": paused.exclude(paused_at=None).order_by("name"),
        "why_paused": why_paused(),
        "running": running,
        "needy": list(runs.filter(pk__in=needy)[:NEEDY]),
        "latest": list(runs.filter(status__in=Run.FINISHED)[:LATEST]),
        "steps": first_steps(request.user),
        "next_due": next_refresh_at(),
    }
    return render(request, "exports/home.html", context)


def first_steps(user: User) -> list[Step]:
    """Return the way to the first run; nothing once it has been gone."""
    if Run.objects.filter(status__in=Run.FINISHED, accepted__gt=0).exists():
        return []
    latest = Export.objects.order_by("-pk").first()
    may_run = latest and Export.objects.editable_by(user).filter(pk=latest.pk).exists()
    run_address = reverse("exports:detail", args=[latest.pk]) if latest and may_run else ""
    return [
        Step(
            _("Connect an ActiveCampaign account"),
            Connection.objects.exists(),
            reverse("connections:add") if user.is_administrator else "",
        ),
        Step(
            _("Upload a file of profiles"),
            Source.objects.exists(),
            reverse("segments:sources") if user.is_contributor else "",
        ),
        Step(
            _("Describe a segment of them"),
            Segment.objects.exists(),
            reverse("segments:add") if user.is_contributor else "",
        ),
        Step(
            _("Set up an export"),
            latest is not None,
            reverse("exports:add") if user.is_contributor else "",
        ),
        Step(_("Run it for the first time"), False, run_address),
    ]


# Apart from exports.urls, because this name has no namespace.
urlpatterns = [path("", home, name="home")]
