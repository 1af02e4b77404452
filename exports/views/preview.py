"""The preview of an export: what a run would do, before anything is saved or sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from exports.destination import Destination, look_up
from exports.figures import ACTIONS, why_held, why_sent
from exports.models import Export
from exports.pipeline.plan import Plan
from exports.pipeline.preview import NotPreviewable, Preview, make_preview
from exports.problems import describe_problem
from exports.reasons import reason_counts
from segments.models import Segment


@require_POST
@contributor_required
def preview_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a run of an export would do now; by POST, because it asks the account."""
    exports = Export.objects.editable_by(request.user).select_related("connection")
    export = get_object_or_404(exports, pk=pk)
    segments = list(export.segments.select_related("source", "snapshot").order_by("pk"))
    destination = look_up(export.connection, request.user)
    context = preview_context(export, segments, destination, request.user)
    return render(request, "exports/preview.html", {"export": export, **context})


def preview_context(
    export: Export, segments: Sequence[Segment], destination: Destination, user: User
) -> dict[str, Any]:
    """Return what exports/_preview.html needs; `export` need not be saved."""
    context: dict[str, Any] = {"previewed": True, "destination": destination}
    try:
        preview = make_preview(export=export, segments=segments, room=destination.room)
    except NotPreviewable as error:
        return context | {"problem": describe_problem(error.problem, user)}
    guards = [describe_problem(guard, user) for guard in preview.guards]
    return context | figures_of(preview) | {"guards": guards}


def figures_of(preview: Preview) -> dict[str, Any]:
    """Return the figures of a preview, with their names."""
    plan = preview.plan
    return {
        "planned": preview,
        "plan": plan,
        "total": plan.members + plan.leavers,
        "figures": _parts(plan),
        "sent": why_sent(plan),
        "held": why_held(plan),
        "rejects": reason_counts(plan.reject_reasons, preview.titles),
        "examples": [(example, ACTIONS[example.action][0]) for example in preview.examples],
        "new": plan.reasons.get("new", 0),
    }


def _parts(plan: Plan) -> list[tuple[str, int, str]]:
    return [
        (_("To be sent"), plan.to_send, "busy"),
        (_("Unchanged"), plan.unchanged, "idle"),
        (_("Held back"), plan.held, "held"),
        (_("Rejected before sending"), plan.rejected, "warn"),
    ]
