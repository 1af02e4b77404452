"""Approving a run that its guards stopped."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, contributor_required
from exports.models import Export, Run
from exports.pipeline import NotWaiting, approve_run
from exports.problems import describe_problem


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
    context = {
        "run": run,
        "guards": [describe_problem(guard, request.user) for guard in run.guards],
        "cancel_url": reverse("exports:run_detail", args=[run.pk]),
    }
    return render(request, "exports/approve.html", context)


def _approve(request: SignedInRequest, run: Run) -> HttpResponse:
    try:
        approve_run(run=run, user=request.user, now=timezone.now())
    except NotWaiting:
        return _say_it_is_over(request, run)
    messages.info(request, _("The run goes on, as you decided."))
    return redirect("exports:run_detail", pk=run.pk)


def _say_it_is_over(request: SignedInRequest, run: Run) -> HttpResponse:
    messages.info(request, _("The run does not wait for approval any more."))
    return redirect("exports:run_detail", pk=run.pk)
