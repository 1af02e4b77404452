"""The history of runs: of one export with how it went lately, and of all exports."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from config.listing import render_list
from exports.models import Export
from exports.outlook import attach_outlooks
from exports.run_listing import ALL_RUNS, HISTORY, runs_of_history
from exports.run_trends import trends_of


@require_safe
def export_runs(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the runs of one export, and how the last of them went."""
    export = get_object_or_404(Export, pk=pk)
    listed = HISTORY.of(runs_of_history(export=export), request)
    attach_outlooks(list(listed.page.object_list), timezone.now())
    context = {"export": export, "trends": trends_of(export)}
    return render_list(request, "exports/export_runs.html", listed, context)


@require_safe
def all_runs(request: SignedInRequest) -> HttpResponse:
    """Show the runs of all exports."""
    listed = ALL_RUNS.of(runs_of_history(), request)
    attach_outlooks(list(listed.page.object_list), timezone.now())
    return render_list(request, "exports/all_runs.html", listed)
