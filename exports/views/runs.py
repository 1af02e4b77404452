"""A run: what it does, and afterwards what it did; its ledger; stopping it and going on."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest, contributor_required
from config.polling import STOP_POLLING
from exports.comparison import compared_with_previous
from exports.figures import figures_of, phases_of, why_held, why_sent
from exports.forms import PersonForm
from exports.mapping import Mapping
from exports.models import Export, Run
from exports.option_words import asked_in_words
from exports.options import Options
from exports.outlook import outlook_of
from exports.pipeline import (
    AlreadyRunning,
    NotResumable,
    request_cancel,
    resume_run,
)
from exports.pipeline.allowed import is_outdated, why_not_resumed, why_not_retried
from exports.pipeline.outcomes import reject_reasons
from exports.problems import describe_problem
from exports.story import pace_of, page_state, percent_done, state_and_percent
from exports.views.approvals import OUTDATED, digest_of
from exports.views.read_backs import read_back_part
from exports.wording import activity, read_back_in_words

PAGE_SIZE = 50


@require_safe
def run_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a run; while it is under way, its progress renews itself."""
    run = run_of_page(pk)
    context = _progress(request, run) | read_back_part(request, run)
    context |= {
        "mapping": Mapping.from_json(run.mapping),
        "segments": [
            {**segment, "at": datetime.fromisoformat(segment["created_at"])}
            for segment in run.segments
        ],
        "options": asked_in_words(Options.from_json(run.options)),
        "form": PersonForm(),
        "reasons": [] if run.status in Run.ACTIVE else reject_reasons(run),
        "pace": pace_of(run),
        "comparison": compared_with_previous(run),
    }
    return render(request, "exports/run.html", context)


@require_safe
def run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the part of a run's page that changes; when it is over, the page is loaded anew."""
    run = run_of_page(pk)
    context = _progress(request, run) | {"is_part": True}
    response = render(request, "exports/_progress.html", context)
    if run.status not in Run.ACTIVE:
        response.status_code = STOP_POLLING
        # Rejects and what it was asked to do stand outside this part, and are known now.
        response["HX-Refresh"] = "true"
    return response


@require_safe
def run_batches(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the ledger: each request with what became of it."""
    run = run_of_page(pk)
    page = Paginator(run.batches.defer("rejects").order_by("first"), PAGE_SIZE)
    context = {"run": run, "page": page.get_page(request.GET.get("page"))}
    return render(request, "exports/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then ask the run to stop."""
    run = _editable_run(request, pk)
    if run.status not in Run.ACTIVE:
        messages.info(request, _("The run has ended already: there is nothing to cancel."))
        return redirect("exports:run_detail", pk=run.pk)
    if request.method == "POST":
        request_cancel(run=run, user=request.user, now=timezone.now())
        messages.info(request, _("The run stops as soon as what is on its way has been answered."))
        return redirect("exports:run_detail", pk=run.pk)
    cancel_url = reverse("exports:run_detail", args=[run.pk])
    return render(request, "exports/cancel.html", {"run": run, "cancel_url": cancel_url})


@require_POST
@contributor_required
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a failed run go on where it stopped."""
    run = _editable_run(request, pk)
    try:
        resume_run(run=run, user=request.user, now=timezone.now())
    except NotResumable as error:
        why = describe_problem(error.problem, request.user)
        messages.error(request, f"{_('This run can’t be resumed.')} {why}")
    except AlreadyRunning as error:
        messages.error(request, _("Another run of the export is under way: see below."))
        return redirect("exports:run_detail", pk=error.run.pk)
    return redirect("exports:run_detail", pk=run.pk)


def _progress(request: SignedInRequest, run: Run) -> dict[str, Any]:
    may_edit = can_edit(request, run)
    now = timezone.now()
    may_resume = may_edit and run.status == Run.Status.FAILED
    refusal = why_not_resumed(run) if may_resume else None
    approvals = list(run.approvals.select_related("user").order_by("approved_at"))
    return {
        "run": run,
        "is_active": run.status in Run.ACTIVE,
        "activity": activity(run, now, request.user),
        "outlook": outlook_of(run, now),
        "guards": [describe_problem(guard, request.user) for guard in run.guards],
        "seen": digest_of(run),
        "figures": figures_of(run),
        "total": (run.members or 0) + run.leavers,
        "sent_for": why_sent(run),
        "held_for": why_held(run),
        "read_back": read_back_in_words(run),
        "phases": phases_of(run, was_approved=bool(approvals)),
        "approvals": [
            (approval, [describe_problem(guard, request.user) for guard in approval.guards])
            for approval in approvals
        ],
        "percent": percent_done(run),
        "state": state_and_percent(run),
        "page_state": page_state(run),
        # Read out: not at every step.
        "said": state_and_percent(run, step=10),
        "sent": run.accepted + run.rejected_after,
        "answered": run.confirmed + run.unknown,
        "can_edit": may_edit,
        "can_resume": may_resume and refusal is None,
        "why_not_resumed": describe_problem(refusal, request.user),
        "outdated": OUTDATED if run.is_waiting_for_approval and is_outdated(run) else "",
        **rejects_part(request, run, may_edit=may_edit),
    }


def rejects_part(request: SignedInRequest, run: Run, *, may_edit: bool) -> dict[str, Any]:
    """Return what can be done about the rejects of a run: whether, and if not why."""
    if not (may_edit and run.is_finished and run.rejects):
        return {"can_correct": False}
    return {
        "can_correct": bool(run.plan),
        "why_not_retried": describe_problem(why_not_retried(run), request.user),
    }


def can_edit(request: SignedInRequest, run: Run) -> bool:
    """Whether somebody may steer a run, as who may edit its export does."""
    return Export.objects.editable_by(request.user).filter(pk=run.export_id).exists()


def run_of_page(pk: int) -> Run:
    """Return a run with the names that its pages say; everybody may look at every run."""
    run: Run = get_object_or_404(Run.objects.for_pages(), pk=pk)
    return run


def _editable_run(request: SignedInRequest, pk: int) -> Run:
    editable = Export.objects.editable_by(request.user)
    run: Run = get_object_or_404(Run.objects.for_pages().filter(export__in=editable), pk=pk)
    return run
