"""Looking up on the list itself everybody whom a run sent."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, contributor_required
from config.polling import STOP_POLLING
from config.spreadsheets import csv_response
from exports.models import Export, ReadBack, Run
from exports.pipeline import AlreadyReading, AlreadyRunning, NotReadable, request_read_back
from exports.pipeline.missing import NothingDue, make_due, write_missing_csv
from exports.problems import describe_problem


def read_back_part(request: SignedInRequest, run: Run) -> dict[str, Any]:
    """Return the context of exports/_read_back.html: the last read-back of a run, if any."""
    last = run.read_backs.order_by("-pk").first()
    can_edit = Export.objects.editable_by(request.user).filter(pk=run.export_id).exists()
    is_running = last is not None and last.is_running
    return {
        "run": run,
        "whole": last,
        "whole_problem": describe_problem(last.problem, request.user) if last else None,
        "whole_read": _read_so_far(last) if last else 0,
        "can_ask": can_edit and not is_running and run.is_finished and bool(run.plan),
        "can_redeliver": can_edit and last is not None and bool(last.missing_file),
    }


@require_POST
@contributor_required
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have everybody looked up whom a run sent."""
    run = _editable_run(request, pk)
    try:
        request_read_back(run=run, user=request.user, now=timezone.now())
    except NotReadable:
        messages.error(request, _("There is nobody to look up, or the plan is not kept any more."))
    except AlreadyReading:
        messages.info(request, _("They are being looked up already."))
    return redirect("exports:run_detail", pk=pk)


@require_safe
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how far the look is; when it is over, the part stops asking."""
    run = get_object_or_404(Run, pk=pk)
    context = read_back_part(request, run)
    response = render(request, "exports/_read_back.html", context)
    if context["whole"] is None or not context["whole"].is_running:
        response.status_code = STOP_POLLING
    return response


@require_safe
def missing_csv(request: SignedInRequest, pk: int) -> FileResponse:
    """Hand out who is missing from the list as a file for spreadsheets."""
    read_back = _last(get_object_or_404(Run, pk=pk))
    name = f"facteur-run-{pk}-missing.csv"
    return csv_response(partial(write_missing_csv, read_back), name=name)


@require_POST
@contributor_required
def deliver_missing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the next run send those again who are missing from the list."""
    read_back = _last(_editable_run(request, pk))
    try:
        count = make_due(read_back)
    except NothingDue:
        messages.error(request, _("The export delivers to another list now: nothing was changed."))
    except AlreadyRunning as error:
        messages.error(request, _("Another run of the export is under way: try again after it."))
        return redirect("exports:run_detail", pk=error.run.pk)
    else:
        text = ngettext(
            "%(count)d contact is due again: the next run sends it.",
            "%(count)d contacts are due again: the next run sends them.",
            count,
        )
        messages.success(request, text % {"count": count})
    return redirect("exports:run_detail", pk=pk)


def _read_so_far(read_back: ReadBack) -> int:
    found = read_back.progress
    walked = sum(found.get(standing, 0) for standing in ("on_list", "unsubscribed", "bounced"))
    return int(found.get("asked", walked))


def _last(run: Run) -> ReadBack:
    """Return the last read-back that found somebody missing; there may be none, or no file."""
    last: ReadBack | None = run.read_backs.order_by("-pk").first()
    if last is None or not last.missing_file:
        raise Http404
    return last


def _editable_run(request: SignedInRequest, pk: int) -> Run:
    editable = Export.objects.editable_by(request.user)
    run: Run = get_object_or_404(Run.objects.filter(export__in=editable), pk=pk)
    return run
