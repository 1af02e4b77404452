"""Pages of sources."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest, contributor_required
from config.searching import search_words
from segments.forms.sources import MEANINGS, AddSourceForm, FileForm, SourceForm, meaning_of
from segments.forms.version import take_version
from segments.models import Source
from segments.problems import BadColumns, describe_problem
from segments.sources.looking import first_profiles
from segments.sources.saving import SourceInUse, add_source, change_source, give_file, remove_source
from segments.uploads import store_upload

EXAMPLES = 3
FIRST = 100
HISTORY = 10


@require_GET
def list_sources(request: HttpRequest) -> HttpResponse:
    """Show all sources."""
    search = search_words(request.GET)
    sources = Source.objects.filter(name__icontains=search).select_related("table")
    sources = sources.annotate(segment_count=Count("segments")).order_by("name")
    context = {"sources": sources, "search": search}
    return render(request, "segments/sources.html", context)


@require_GET
def show_source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a source: its columns, its first profiles, its files."""
    source = get_object_or_404(Source.objects.select_related("table"), pk=pk)
    try:
        profiles = first_profiles(source, limit=FIRST)
    except FileNotFoundError:
        profiles = []
        problem = describe_problem({"code": "file_gone", "source": source.name})
        messages.error(request, str(problem))
    context = {
        "source": source,
        "columns": _columns(source, profiles),
        "names": list(source.column_types),
        "profiles": [list(profile.values()) for profile in profiles],
        "tables": source.tables.select_related("created_by").order_by("-created_at")[:HISTORY],
        "segments": source.segments.order_by("name"),
    }
    return render(request, "segments/source.html", context)


@contributor_required
def add(request: SignedInRequest) -> HttpResponse:
    """Make a source of a file."""
    form = AddSourceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        now = timezone.now()
        upload = store_upload(path=_path(file), original_name=file.name, user=request.user, now=now)
        source = Source(name=form.cleaned_data["name"], upload=upload)
        add_source(source=source, user=request.user, now=now)
        messages.success(request, _("The source is saved. Check what its columns mean."))
        return redirect("segments:source_detail", source.pk)
    return render(request, "segments/source_add.html", {"form": form})


@contributor_required
def replace(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a source a new file."""
    source = get_object_or_404(Source, pk=pk)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        now = timezone.now()
        upload = store_upload(path=_path(file), original_name=file.name, user=request.user, now=now)
        give_file(source=source, upload=upload, reading={}, user=request.user, now=now)
        messages.success(request, _("The new file is being read."))
        return redirect("segments:source_detail", source.pk)
    return render(request, "segments/source_file.html", {"form": form, "source": source})


@contributor_required
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct a source's name, key, and what its columns mean."""
    source = get_object_or_404(Source, pk=pk)
    form = SourceForm(request.POST or None, instance=source, initial={"version": source.version})
    context: dict[str, Any] = {"form": form, "source": source}
    if request.method == "POST" and form.is_valid():
        try:
            changed = get_object_or_404(Source, pk=pk)
            changed.name, changed.columns = form.cleaned_data["name"], form.columns
            changed.key_column = form.cleaned_data["key_column"]
            change_source(
                source=changed,
                version=form.cleaned_data["version"],
                user=request.user,
                now=timezone.now(),
            )
        except BadColumns as error:
            field = "key_column" if error.problem["code"].startswith("key") else None
            form.add_error(field, str(describe_problem(error.problem)))
        except ChangedMeanwhile as error:
            take_version(form, error.current.version)
            context["current"] = error.current
        else:
            messages.success(request, _("The source is saved."))
            return redirect("segments:source_detail", source.pk)
    return render(request, "segments/source_edit.html", context)


@contributor_required
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then remove a source that no segment is built on."""
    source = get_object_or_404(Source, pk=pk)
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


def _path(file: Any) -> str:
    """Return where the upload lies on disk: uploads are never held in memory."""
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101  # FILE_UPLOAD_HANDLERS
    return file.temporary_file_path()


def _columns(source: Source, profiles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    meanings = dict(MEANINGS)
    return [
        {
            "name": column["name"],
            "meaning": meanings[meaning_of(column)],
            "examples": _examples(column["name"], profiles),
        }
        for column in source.columns
    ]


def _examples(name: str, profiles: list[dict[str, Any]]) -> list[str]:
    values = (profile.get(name) for profile in profiles)
    return list(dict.fromkeys(value for value in values if value))[:EXAMPLES]
