"""Approving a run that its guards stopped."""

import json
from hashlib import sha256

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, contributor_required
from exports.models import Export, Run
from exports.pipeline import NotWaiting, Outdated, approve_run
from exports.pipeline.allowed import is_outdated
from exports.problems import describe_problem

OUTDATED = gettext_lazy(
    "Since the run was planned, a suppression list has changed, the segments were refreshed, or "
    "another export may have sent to the list: people may have taken back their consent, or be "
    "back whom it would treat as having left. Cancel it and run the export again: the new plan "
    "knows."
)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then let a run send although its guards stopped it."""
    editable = Export.objects.editable_by(request.user)
    run = get_object_or_404(Run.objects.for_pages().filter(export__in=editable), pk=pk)
    if request.method == "POST":
        return _approve(request, run)
    if not run.is_waiting_for_approval:
        return _say_it_is_over(request, run)
    if is_outdated(run):
        return _say_it_is_outdated(request, run)
    context = {
        "run": run,
        "seen": digest_of(run),
        "guards": [describe_problem(guard, request.user) for guard in run.guards],
        "cancel_url": reverse("exports:run_detail", args=[run.pk]),
    }
    return render(request, "exports/approve.html", context)


def _approve(request: SignedInRequest, run: Run) -> HttpResponse:
    if run.is_waiting_for_approval and request.POST.get("seen") != digest_of(run):
        # Somebody else has approved what this page said, and the run asks about more by now.
        messages.warning(request, _("Read what the run asks about now, then decide."))
        return redirect("exports:approve", pk=run.pk)
    try:
        approve_run(run=run, user=request.user, now=timezone.now())
    except NotWaiting:
        return _say_it_is_over(request, run)
    except Outdated:
        return _say_it_is_outdated(request, run)
    messages.info(request, _("The run goes on, as you decided."))
    return redirect("exports:run_detail", pk=run.pk)


def digest_of(run: Run) -> str:
    """Return what stands for the guards that somebody was shown."""
    return sha256(json.dumps(run.guards, sort_keys=True).encode()).hexdigest()


def _say_it_is_over(request: SignedInRequest, run: Run) -> HttpResponse:
    messages.info(request, _("The run does not wait for approval any more."))
    return redirect("exports:run_detail", pk=run.pk)


def _say_it_is_outdated(request: SignedInRequest, run: Run) -> HttpResponse:
    messages.error(request, OUTDATED)
    return redirect("exports:run_detail", pk=run.pk)
