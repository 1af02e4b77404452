"""Pages of sources: the list, one of them, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget
from django_htmx.middleware import HtmxDetails

from accounts.permissions import (
    SignedInRequest,
    administrator_required,
    contributor_required,
)
from config.listing import render_list
from config.polling import STOP_POLLING
from segments.forms.meanings import MEANINGS, meaning_of
from segments.forms.sources import examples_of
from segments.models import Refresh, Segment, Source
from segments.problems import describe_problem
from segments.refreshes.standing import Standing, standings_of
from segments.refreshes.starting import AlreadyRefreshing, start_refresh
from segments.schedules.wording import describe
from segments.source_listing import SOURCES, list_sources
from segments.sources.history import history_of
from segments.sources.looking import first_profiles
from segments.sources.saving import SourceInUse, discard_upload, remove_source
from segments.views.source_setup import SetUp

FIRST = 100
HISTORY = 10


@require_GET
def show_list(request: SignedInRequest) -> HttpResponse:
    """Show all sources."""
    listed = SOURCES.of(list_sources(), request)
    shown = list(listed.page.object_list)
    standings = standings_of(shown, reader=request.user)
    for source in shown:
        source.standing = standings[source]
    listed.page.object_list = shown
    return render_list(request, "segments/sources.html", listed)


@require_GET
def show_source(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a source; while it is being read, htmx asks for its state alone."""
    source = get_object_or_404(Source.objects.select_related("table"), pk=pk)
    standing = standings_of([source], reader=request.user)[source]
    # Read after how it stands: with the refresh that has ended, the profiles that it brought.
    source = get_object_or_404(Source.objects.select_related("table", "upload"), pk=pk)
    if not _is_polling(request.htmx):
        return render(request, "segments/source.html", _everything(request, source, standing))
    if standing.is_busy:
        context = {"source": source, "standing": standing, "problem": None}
        return render(request, "segments/_source_state.html", context)
    answer = render(request, "segments/_source.html", _everything(request, source, standing))
    answer.status_code = STOP_POLLING
    return reswap(retarget(answer, "#source"), "outerHTML")


@require_GET
@contributor_required
def choose_kind(request: SignedInRequest) -> HttpResponse:
    """Show where profiles can come from."""
    return render(request, "segments/source_add.html")


@contributor_required
def add_files(request: SignedInRequest) -> HttpResponse:
    """Make a source of files in the storage."""
    return SetUp(request, Source(kind=Source.Kind.FILES)).respond()


@administrator_required
def add_database(request: SignedInRequest) -> HttpResponse:
    """Make a source of a query."""
    return SetUp(request, Source(kind=Source.Kind.DATABASE)).respond()


@contributor_required
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a source: its name and key, what its columns mean, where it reads from."""
    return SetUp(request, get_object_or_404(Source, pk=pk)).respond()


@require_POST
@contributor_required
def refresh(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a source read anew, and its segments refreshed."""
    source = get_object_or_404(Source, pk=pk)
    try:
        start_refresh(
            trigger=Refresh.Trigger.ON_DEMAND,
            user=request.user,
            source=source,
            now=timezone.now(),
        )
    except AlreadyRefreshing:
        messages.info(request, _("The source is being refreshed already."))
    return redirect("segments:source_detail", source.pk)


@require_POST
@contributor_required
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget the file that a source could not read; what it has stays."""
    source = get_object_or_404(Source, pk=pk)
    discard_upload(source=source)
    messages.info(request, _("The file was deleted; the profiles are those of the one before."))
    return redirect("segments:source_detail", source.pk)


@contributor_required
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then remove a source that no segment is built on."""
    source = get_object_or_404(Source.objects.controlled_by(request.user), pk=pk)
    context: dict[str, Any] = {"source": source, "segments": source.segments.order_by("name")}
    if request.method == "POST":
        try:
            remove_source(source=source)
        except SourceInUse as error:
            context["segments"] = error.segments
        else:
            messages.success(request, _("The source is removed."))
            return redirect("segments:sources")
    return render(request, "segments/source_remove.html", context)


def exports_of(segments: Iterable[Any]) -> list[Any]:
    """Return the exports of segments, each once; those stand above this room."""
    return sorted({export for each in segments for export in each.exports.all()}, key=str)


def _is_polling(htmx: HtmxDetails) -> bool:
    return bool(htmx) and htmx.target == "source-state"


def _everything(request: SignedInRequest, source: Source, standing: Standing) -> dict[str, Any]:
    profiles = _first_profiles(request, source)
    segments = Segment.objects.filter(source=source).prefetch_related("exports").order_by("name")
    return {
        "source": source,
        "standing": standing,
        "problem": standing.problem,
        "schedule": describe(source),
        "columns": [
            {
                "name": column["name"],
                "meaning": MEANINGS[meaning_of(column)],
                "description": column.get("description", ""),
                "examples": examples_of(column["name"], profiles),
            }
            for column in source.columns
        ],
        "names": list(profiles[0]) if profiles else [],
        "profiles": [list(profile.values()) for profile in profiles],
        "history": history_of(source, limit=HISTORY),
        "segments": segments,
        "exports": exports_of(segments),
        "is_controlled": Source.objects.controlled_by(request.user).contains(source),
        "can_refresh": source.kind != Source.Kind.UPLOAD,
    }


def _first_profiles(request: HttpRequest, source: Source) -> list[dict[str, Any]]:
    try:
        return first_profiles(source, limit=FIRST)
    except FileNotFoundError:
        problem = describe_problem({"code": "file_gone", "source": source.name})
        messages.error(request, str(problem))
        return []
