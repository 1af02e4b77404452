"""Pages of uploaded files: sending one, checking what it holds, and making a source of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest, contributor_required
from segments.forms.reading import UploadForm, too_large
from segments.forms.sources import SourceForm
from segments.models import Source, Upload
from segments.problems import describe_problem
from segments.sources.saving import give_file
from segments.uploads import delete_upload, store_upload
from segments.views.source_setup import SetUp


@contributor_required
def add_upload(request: SignedInRequest) -> HttpResponseBase:
    """Take the file of a new source."""
    return _take_file(request, None)


@contributor_required
def replace(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take a new file for a source."""
    uploaded = Source.objects.filter(kind=Source.Kind.UPLOAD)
    return _take_file(request, get_object_or_404(uploaded, pk=pk))


@contributor_required
def check_upload(request: SignedInRequest, pk: int) -> HttpResponse:
    """Check what an uploaded file holds; then make a source of it, or give it to its source."""
    upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    if taken_by := Source.objects.filter(upload=upload).first():
        return redirect("segments:source_detail", taken_by.pk)
    if source := _source_asked_for(request):
        source.upload = upload
        return Replacing(request, source).respond()
    return SetUp(request, Source(kind=Source.Kind.UPLOAD, upload=upload)).respond()


@require_POST
@contributor_required
def cancel_upload(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete an uploaded file that nothing was made of."""
    mine = Upload.objects.visible_to(request.user).filter(source=None)
    upload = get_object_or_404(mine, pk=pk)
    source = _source_asked_for(request)
    delete_upload(upload)
    messages.info(request, _("The file was deleted; nothing was changed."))
    if source:
        return redirect("segments:source_detail", source.pk)
    return redirect("segments:sources")


class Replacing(SetUp):
    """A new file for a source that has one: how it is read, and what would be different."""

    template = "segments/source_replace.html"

    def _form(self) -> SourceForm | None:
        return None

    def _save(self, form: SourceForm | None) -> bool:
        if refusal := self._refusal():
            self.problem = describe_problem(refusal)
            return False
        assert self.source.upload is not None, "the file that is checked"  # noqa: S101
        try:
            give_file(
                source=self.source,
                upload=self.source.upload,
                reading=self.source.reading,
                user=self.request.user,
                now=timezone.now(),
            )
        except ChangedMeanwhile as error:
            self.current = error.current
            return False
        messages.success(self.request, _("The new file is being read."))
        return True


def _take_file(request: SignedInRequest, source: Source | None) -> HttpResponseBase:
    """Store the file that was sent and go on to the page that checks it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        upload = store_upload(
            path=_path(file), original_name=file.name, user=request.user, now=timezone.now()
        )
        address = reverse("segments:check_upload", args=[upload.pk])
        address += f"?source={source.pk}" if source else ""
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    context = {
        "form": form,
        "source": source,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "too_large": too_large(),
    }
    return render(request, "segments/source_upload.html", context)


def _source_asked_for(request: SignedInRequest) -> Source | None:
    """Return the source that a new file is for; None when it is for a new one."""
    asked = request.GET.get("source", "")
    if not asked:
        return None
    uploaded = Source.objects.filter(kind=Source.Kind.UPLOAD)
    return get_object_or_404(uploaded, pk=int(asked) if asked.isdecimal() else 0)


def _path(file: Any) -> str:
    """Return where the upload lies on disk: uploads are never held in memory."""
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101  # FILE_UPLOAD_HANDLERS
    return file.temporary_file_path()
