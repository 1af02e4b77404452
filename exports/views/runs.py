"""A run: what it does, what it did, and what became of everybody in it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest, contributor_required
from config.polling import STOP_POLLING
from config.spreadsheets import csv_response
from exports.corrections.download import write_rejects_csv
from exports.figures import ACTIONS, OUTCOMES, figures_of, phases_of, why_held, why_sent
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
from exports.pipeline.outcomes import (
    Reject,
    count_rejects,
    find_person,
    reject_reasons,
    reject_rows,
)
from exports.problems import describe_problem
from exports.views.approvals import OUTDATED, digest_of
from exports.views.read_backs import read_back_part
from exports.wording import activity, read_back_in_words

PAGE_SIZE = 50


@require_safe
def run_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a run; while it is under way, its progress renews itself."""
    run = _run(pk)
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
        "approvals": [
            (approval, [describe_problem(guard, request.user) for guard in approval.guards])
            for approval in run.approvals.select_related("user").order_by("approved_at")
        ],
    }
    return render(request, "exports/run.html", context)


@require_safe
def run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the part of a run's page that changes; when it is over, the page is loaded anew."""
    run = _run(pk)
    response = render(request, "exports/_progress.html", _progress(request, run))
    if run.status not in Run.ACTIVE:
        response.status_code = STOP_POLLING
        # Rejects and what it was asked to do stand outside this part, and are known now.
        response["HX-Refresh"] = "true"
    return response


@require_safe
def run_batches(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the ledger: each request with what became of it."""
    run = _run(pk)
    page = Paginator(run.batches.defer("rejects").order_by("first"), PAGE_SIZE)
    context = {"run": run, "page": page.get_page(request.GET.get("page"))}
    return render(request, "exports/batches.html", context)


@require_safe
def run_rejects(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show who could not be delivered, and why."""
    run = _run(pk)
    page = Paginator(_Rejects(run), PAGE_SIZE).get_page(request.GET.get("page"))
    reasons = reject_reasons(run)
    context = {
        "run": run,
        "page": page if reasons else None,
        "reasons": reasons,
        **_rejects_part(request, run, can_edit=_can_edit(request, run)),
        "is_gone": run.rejects and not run.plan,
    }
    return render(request, "exports/rejects.html", context)


@require_safe
def rejects_csv(request: SignedInRequest, pk: int) -> FileResponse:
    """Hand out all rejects of a run as a file for spreadsheets."""
    run = _run(pk)
    name = f"facteur-run-{run.pk}-rejects.csv"
    return csv_response(partial(write_rejects_csv, run), name=name)


@require_POST
def find_in_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what became of one person; by POST, because an address belongs in no URL."""
    run = _run(pk)
    form = PersonForm(request.POST)
    context: dict[str, Any] = {"run": run, "form": form}
    if form.is_valid():
        found = find_person(run, form.cleaned_data["email"])
        context["people"] = [
            (OUTCOMES[person.outcome], ACTIONS.get(person.action), person) for person in found
        ]
    return render(request, "exports/person.html", context)


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


class _Rejects(Sequence[Reject]):
    """The rejects of a run as the paginator wants them: counted, and read a page at a time."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __len__(self) -> int:
        return count_rejects(self.run)

    def __getitem__(self, part: Any) -> Any:
        return reject_rows(self.run, limit=part.stop - part.start, offset=part.start)


def _progress(request: SignedInRequest, run: Run) -> dict[str, Any]:
    can_edit = _can_edit(request, run)
    now = timezone.now()
    may_resume = can_edit and run.status == Run.Status.FAILED
    refusal = why_not_resumed(run) if may_resume else None
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
        "phases": phases_of(run),
        "sent": run.accepted + run.rejected_after,
        "answered": run.confirmed + run.unknown,
        "can_edit": can_edit,
        "can_resume": may_resume and refusal is None,
        "why_not_resumed": describe_problem(refusal, request.user),
        "outdated": OUTDATED if run.is_waiting_for_approval and is_outdated(run) else "",
        **_rejects_part(request, run, can_edit=can_edit),
    }


def _rejects_part(request: SignedInRequest, run: Run, *, can_edit: bool) -> dict[str, Any]:
    """Return what can be done about the rejects of a run: whether, and if not why."""
    if not (can_edit and run.is_finished and run.rejects):
        return {"can_correct": False}
    return {
        "can_correct": bool(run.plan),
        "why_not_retried": describe_problem(why_not_retried(run), request.user),
    }


def _can_edit(request: SignedInRequest, run: Run) -> bool:
    return Export.objects.editable_by(request.user).filter(pk=run.export_id).exists()


def _run(pk: int) -> Run:
    run: Run = get_object_or_404(Run.objects.for_pages(), pk=pk)
    return run


def _editable_run(request: SignedInRequest, pk: int) -> Run:
    editable = Export.objects.editable_by(request.user)
    run: Run = get_object_or_404(Run.objects.for_pages().filter(export__in=editable), pk=pk)
    return run
