"""The members of one segment: one person among them, or all of them as a file."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import record
from accounts.permissions import SignedInRequest, contributor_required
from segments.downloads import MembersCsv
from segments.forms.person import PersonForm
from segments.models import Segment
from segments.people import find_people


@require_POST
def find_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say whether a person is a member; by POST, because an address belongs in no URL."""
    found = Segment.objects.select_related("source__table", "snapshot__table")
    segment = get_object_or_404(found, pk=pk)
    form = PersonForm(request.POST)
    context: dict[str, Any] = {"segment": segment, "form": form}
    if form.is_valid():
        try:
            context["people"] = find_people(
                segment, form.cleaned_data["person"], now=timezone.now()
            )
        except FileNotFoundError:
            messages.error(request, _("The stored members are missing. Refresh the segment."))
            return redirect("segments:detail", segment.pk)
    return render(request, "segments/person.html", context)


@contributor_required
@require_GET
def download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Hand out all members as a file for spreadsheets, and note who took it."""
    segment = get_object_or_404(Segment.objects.select_related("snapshot__table"), pk=pk)
    if segment.snapshot is None:
        messages.info(request, _("There is nothing to download: refresh the segment first."))
        return redirect("segments:detail", segment.pk)
    try:
        members = MembersCsv(segment.snapshot)
    except FileNotFoundError:
        messages.error(request, _("The stored members are missing. Refresh the segment."))
        return redirect("segments:detail", segment.pk)
    record("members_downloaded", segment, actor=request.user, members=segment.snapshot.members)
    response = StreamingHttpResponse(members, content_type="text/csv; charset=utf-8")
    name = slugify(segment.name)[:60] or f"segment-{segment.pk}"
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
