"""Pages of segments."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import SignedInRequest, contributor_required
from config.searching import search_words
from segments.models import Segment
from segments.problems import describe_problem
from segments.refreshes.starting import unfinished_refreshes_of
from segments.rules.words import describe_rule
from segments.services import activate_segment, deactivate_segment, delete_segment
from segments.snapshots import NotRefreshed, first_members, refresh_segment

FIRST = 100
PER_PAGE = 50


@require_GET
def list_segments(request: HttpRequest) -> HttpResponse:
    """Show all segments."""
    search = search_words(request.GET)
    segments = Segment.objects.filter(name__icontains=search).select_related("source", "snapshot")
    segments = segments.annotate(export_count=Count("exports", distinct=True)).order_by("name")
    page = Paginator(segments, PER_PAGE).get_page(request.GET.get("page"))
    refreshing = _refreshing(list(page.object_list))
    rows = [(segment, _status(segment, refreshing)) for segment in page.object_list]
    return render(request, "segments/segments.html", {"rows": rows, "page": page, "search": search})


@require_GET
def show_segment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a segment: its rule in words, its first members, the exports that use it."""
    found = Segment.objects.select_related("source", "snapshot", "updated_by")
    segment = get_object_or_404(found, pk=pk)
    members = _first_members(request, segment)
    context = {
        "segment": segment,
        "status": _status(segment, _refreshing([segment])),
        "problem": describe_problem(segment.problem),
        "sentence": describe_rule(segment.rule, segment.source.columns),
        "names": list(members[0]) if members else [],
        "members": [list(member.values()) for member in members],
        # Exports stand above this room; their names come through the relation.
        "exports": segment.exports.order_by("name"),
    }
    return render(request, "segments/segment.html", context)


@contributor_required
@require_POST
def refresh(request: SignedInRequest, pk: int) -> HttpResponse:
    """Evaluate a segment now."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        refresh_segment(segment=segment, now=timezone.now())
    except NotRefreshed as error:
        messages.error(request, str(describe_problem(error.problem)))
    else:
        messages.success(request, _("“%(segment)s” is refreshed.") % {"segment": segment})
    return redirect("segments:detail", segment.pk)


@contributor_required
@require_POST
def activate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let refreshes evaluate a segment again."""
    segment = get_object_or_404(Segment, pk=pk)
    activate_segment(segment=segment, user=request.user, now=timezone.now())
    messages.success(request, _("“%(segment)s” is active.") % {"segment": segment})
    return redirect("segments:detail", segment.pk)


@contributor_required
@require_POST
def deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have refreshes pass over a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    deactivate_segment(segment=segment, user=request.user, now=timezone.now())
    text = _("“%(segment)s” is inactive: it keeps its last members.") % {"segment": segment}
    messages.success(request, text)
    return redirect("segments:detail", segment.pk)


@contributor_required
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, naming the exports that use it, then delete a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        delete_segment(segment=segment)
        messages.success(request, _("“%(segment)s” is deleted.") % {"segment": segment})
        return redirect("segments:list")
    exports = segment.exports.order_by("name")
    return render(request, "segments/delete.html", {"segment": segment, "exports": exports})


def _first_members(request: HttpRequest, segment: Segment) -> list[dict[str, Any]]:
    if segment.snapshot is None:
        return []
    try:
        return first_members(segment.snapshot, limit=FIRST)
    except FileNotFoundError:
        messages.error(request, _("The stored members are missing. Refresh the segment."))
        return []


def _refreshing(segments: list[Segment]) -> set[int]:
    """Return the ids of those that an unfinished refresh will still evaluate."""
    unfinished = unfinished_refreshes_of(segments)
    ids = unfinished.values_list("tasks__segment", flat=True)
    return {segment for segment in ids if segment is not None}


def _status(segment: Segment, refreshing: set[int]) -> dict[str, Any]:
    if segment.pk in refreshing:
        return {"status": "refreshing", "label": _("Refreshing")}
    if segment.problem:
        return {"status": "failed", "label": _("Failed")}
    if segment.snapshot is None:
        return {"status": "", "label": _("Not started")}
    return {"status": "successful", "label": _("Successful")}
