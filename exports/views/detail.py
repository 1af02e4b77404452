"""One export: what it is set up to do, and its last runs."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from exports.conflicts import find_conflicts
from exports.corrections.storing import count_corrected
from exports.mapping import Mapping
from exports.matching import Matching
from exports.models import Export
from exports.option_words import options_in_words
from exports.outlook import attach_outlooks
from exports.problems import describe_problem
from exports.run_listing import runs_of_history
from exports.run_trends import trends_of
from exports.suppression import suppressed_count
from exports.wording import when_it_runs, why_paused

LATEST = 10


@require_safe
def export_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show an export to everybody, with the commands of those who may use them."""
    exports = Export.objects.with_rights_of(request.user)
    export = get_object_or_404(
        exports.select_related("connection__export_user", "created_by", "updated_by"), pk=pk
    )
    segments = list(export.segments.select_related("source", "snapshot").order_by("name"))
    matching = Matching.of(Mapping.from_json(export.mapping), [s.source for s in segments])
    matching.check_columns()
    connection = export.connection
    runs = list(runs_of_history(export=export).order_by("-queued_at", "-pk")[:LATEST])
    attach_outlooks(runs, timezone.now())
    context = {
        "export": export,
        "segments": segments,
        "members": sum(s.snapshot.members for s in segments if s.snapshot),
        "rows": matching.rows,
        "options": options_in_words(export),
        "conflicts": find_conflicts(export, segments),
        "suppressed": suppressed_count(export),
        "has_faults": any(row.errors for row in matching.rows),
        "when": when_it_runs(export),
        "corrected": count_corrected(export),
        "why_paused": why_paused() if export.paused_at else "",
        "trouble": describe_problem(connection.trouble(), request.user) if connection else None,
        "runs": runs,
        "latest": runs[0] if runs else None,
        "trends": trends_of(export),
    }
    return render(request, "exports/detail.html", context)
