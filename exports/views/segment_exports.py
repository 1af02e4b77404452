"""*Manage exports*: which exports contain a segment, with commands to change that."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, contributor_required
from config.keys import is_key
from config.listing import render_list
from config.undo import say_done
from exports.containing import EXPORTS_OF_SEGMENT, exports_and_whether_they_contain
from exports.forms import too_many
from exports.membership import (
    ColumnsMissing,
    LastSegment,
    add_segment,
    missing_columns,
    remove_segment,
)
from exports.models import Export
from exports.wording import when_it_runs
from segments.models import Segment


@require_safe
def exports_of_segment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show all exports, those first that contain the segment."""
    segment = get_object_or_404(Segment.objects.select_related("source"), pk=pk)
    exports = exports_and_whether_they_contain(segment, reader=request.user)
    listed = EXPORTS_OF_SEGMENT.of(exports, request)
    for export in listed.page:
        export.missing = [] if export.contains else missing_columns(export, segment)
    context = {"segment": segment, "commands": True}
    return render_list(request, "exports/of_segment.html", listed, context)


@require_POST
@contributor_required
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an export send a segment too."""
    segment = get_object_or_404(Segment.objects.select_related("source"), pk=pk)
    export = _export(request)
    names = {"segment": segment, "export": export}
    try:
        add_segment(export=export, segment=segment, user=request.user, now=timezone.now())
    except ColumnsMissing as error:
        text = _(
            "“%(segment)s” can’t be added to “%(export)s”: its source has no column "
            "%(columns)s, which the export sends."
        )
        columns = get_text_list([f"“{name}”" for name in error.columns], _("and"))
        messages.error(request, text % (names | {"columns": columns}))
    else:
        added = _("“%(export)s” sends “%(segment)s” too.") % names
        back = reverse("exports:remove_segment", args=[pk])
        text = f"{added} {when_it_runs(export)}"
        say_done(request, text, undo=back, values={"export": [export.pk]})
        _warn_of_size(request, export)
    return redirect("exports:of_segment", pk=segment.pk)


@require_POST
@contributor_required
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an export send a segment no longer."""
    segment = get_object_or_404(Segment, pk=pk)
    export = _export(request)
    names = {"segment": segment, "export": export}
    try:
        remove_segment(export=export, segment=segment, user=request.user, now=timezone.now())
    except LastSegment:
        text = _(
            "“%(segment)s” is the only segment of “%(export)s”. Add another one first, or "
            "remove the export."
        )
        messages.error(request, text % names)
    else:
        back = reverse("exports:add_segment", args=[pk])
        text = _("“%(export)s” no longer sends “%(segment)s”.") % names
        say_done(request, text, undo=back, values={"export": [export.pk]})
    return redirect("exports:of_segment", pk=segment.pk)


def _export(request: SignedInRequest) -> Export:
    """Return the export that was chosen, if this person may edit it."""
    key = request.POST.get("export", "")
    editable = Export.objects.editable_by(request.user).select_related("connection")
    export: Export = get_object_or_404(editable, pk=int(key) if is_key(key) else None)
    return export


def _warn_of_size(request: SignedInRequest, export: Export) -> None:
    if members := too_many(export.segments.select_related("snapshot")):
        text = _(
            "The segments of “%(export)s” now hold %(members)s members, more than one export "
            "takes: a run would be refused."
        )
        messages.warning(request, text % {"export": export, "members": number_format(members)})
