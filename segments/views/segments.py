"""What can be done to one segment without the builder: refresh, switch, tag, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest, contributor_required
from config.undo import say_done
from segments.forms.tags import TagsForm, suggestions
from segments.models import Segment
from segments.problems import describe_problem
from segments.rules.references import segments_using
from segments.services import (
    activate_segment,
    change_kind,
    deactivate_segments,
    delete_segments,
)
from segments.snapshots import NotRefreshed, refresh_segment
from segments.tags import all_tags, set_tags


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
    text = _("“%(segment)s” is active.") % {"segment": segment}
    say_done(request, text, undo=reverse("segments:deactivate", args=[pk]))
    return redirect("segments:detail", segment.pk)


@contributor_required
@require_POST
def deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have refreshes pass over a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    deactivate_segments(segments=[segment], user=request.user, now=timezone.now())
    text = _("“%(segment)s” is inactive: it keeps its last members.") % {"segment": segment}
    say_done(request, text, undo=reverse("segments:activate", args=[pk]))
    return redirect("segments:detail", segment.pk)


@contributor_required
@require_POST
def make_static(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a segment refreshed by hand only."""
    text = _("“%(segment)s” is static: it is refreshed only when you say so.")
    return _change_kind(request, pk, Segment.Kind.STATIC, text, undo="segments:make_dynamic")


@contributor_required
@require_POST
def make_dynamic(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have every refresh evaluate a segment."""
    text = _("“%(segment)s” is dynamic: every refresh evaluates it.")
    return _change_kind(request, pk, Segment.Kind.DYNAMIC, text, undo="segments:make_static")


def _change_kind(
    request: SignedInRequest, pk: int, kind: str, text: str, *, undo: str
) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    change_kind(segments=[segment], kind=kind, user=request.user, now=timezone.now())
    say_done(request, text % {"segment": segment}, undo=reverse(undo, args=[pk]))
    return redirect("segments:detail", segment.pk)


@contributor_required
def tags(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say which tags a segment has."""
    segment = get_object_or_404(Segment, pk=pk)
    names = [tag.name for tag in segment.tags.order_by("name")]
    form = TagsForm(
        request.POST if request.method == "POST" else None, initial={"tags": ", ".join(names)}
    )
    if form.is_valid():
        set_tags(
            segment=segment,
            names=form.cleaned_data["tags"],
            user=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("The tags are saved."))
        return redirect("segments:detail", segment.pk)
    known = all_tags()
    context: dict[str, Any] = {
        "segment": segment,
        "form": form,
        "known": known,
        "suggestions": suggestions(names, known),
    }
    return render(request, "segments/tags.html", context)


@contributor_required
def delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, naming the exports that use it, then delete a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        delete_segments(segments=[segment])
        messages.success(request, _("“%(segment)s” is deleted.") % {"segment": segment})
        return redirect("segments:list")
    context = {
        "segment": segment,
        "exports": segment.exports.order_by("name"),
        "users": segments_using(segment),
        "cancel_url": reverse("segments:detail", args=[segment.pk]),
    }
    return render(request, "segments/delete.html", context)
