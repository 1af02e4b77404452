"""What can be done to several segments at once, those that are ticked in the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from accounts.authorship import ChangedMeanwhile
from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from config.listing import Bulk, chosen_rows
from config.undo import Values, say_done
from segments.listing import SEGMENTS, list_segments
from segments.models import Segment
from segments.problems import describe_problem
from segments.refreshes.chosen import refresh_chosen
from segments.rules.references import users_of
from segments.services import (
    activate_segments,
    change_kind,
    deactivate_segments,
    delete_segments,
)
from segments.tags import BadTags, add_tags, read_tags, remove_tags

Chosen = list[Segment]
# What can be chosen, in this order.
CHOICES = (
    ("refresh", pgettext_lazy("verb", "Refresh")),
    ("activate", gettext_lazy("Activate")),
    ("deactivate", gettext_lazy("Deactivate")),
    ("make_static", gettext_lazy("Make static")),
    ("make_dynamic", gettext_lazy("Make dynamic")),
    ("add_tags", gettext_lazy("Add tags")),
    ("remove_tags", gettext_lazy("Remove tags")),
    ("delete", gettext_lazy("Delete")),
)
# What is asked before, and what will happen; deleting has a page of its own.
QUESTIONS: dict[str, tuple[Any, Any]] = {
    "deactivate": (
        ngettext_lazy("Deactivate %(count)d segment?", "Deactivate %(count)d segments?", "count"),
        gettext_lazy("Refreshes pass over them. Exports go on with their last members."),
    ),
    "make_static": (
        ngettext_lazy("Make %(count)d segment static?", "Make %(count)d segments static?", "count"),
        gettext_lazy("They are refreshed only when somebody says so."),
    ),
    "remove_tags": (
        ngettext_lazy(
            "Remove tags from %(count)d segment?", "Remove tags from %(count)d segments?", "count"
        ),
        gettext_lazy("These tags are removed: %(tags)s. A tag that no segment has is gone."),
    ),
}


def bulk_for(user: User) -> Bulk | None:
    """Return what `user` may do to ticked segments, None for those who only look."""
    if not user.is_contributor:
        return None
    return Bulk(reverse("segments:bulk"), "segment", CHOICES, "segments/_bulk_tags.html")


@dataclass(frozen=True)
class Done:
    """What was done, and by which other action `back` it is taken back for those it changed."""

    text: str
    back: str = ""
    changed: Sequence[Segment] = ()


@contributor_required
@require_POST
def change_several(request: SignedInRequest) -> HttpResponse:
    """Do to the chosen segments what was chosen for them; ask before what takes something away."""
    rows = chosen_rows(SEGMENTS, list_segments(), request.POST, "segment")
    # Anew, since what the list shows of them would be counted with the exports.
    chosen = list(
        Segment.objects.filter(pk__in=[segment.pk for segment in rows])
        .prefetch_related("tags", "exports")
        .order_by("name")
    )
    do = request.POST.get("do", "")
    if not chosen:
        messages.info(request, _("Nothing was changed: tick the segments first."))
    elif do == "delete" and not request.POST.get("confirmed"):
        return _ask_to_delete(request, chosen)
    elif do in QUESTIONS and _may_ask(request, do):
        return _ask(request, do, chosen)
    elif action := _ACTIONS.get(do):
        _try(request, action, chosen)
    else:
        messages.info(request, _("Nothing was changed: choose what to do with the segments."))
    return redirect(_list_address(request))


def _may_ask(request: SignedInRequest, do: str) -> bool:
    """Return whether the question is due; without tags there is nothing to ask about."""
    is_entered = do != "remove_tags" or bool(request.POST.get("tags", "").strip(" ,"))
    return is_entered and not request.POST.get("confirmed")


def _ask(request: SignedInRequest, do: str, chosen: Chosen) -> HttpResponse:
    question, consequence = QUESTIONS[do]
    tags = request.POST.get("tags", "")
    context = {
        "segments": chosen,
        "do": do,
        "question": question % {"count": len(chosen)},
        "consequence": str(consequence) % {"tags": tags.strip(" ,")},
        "answer": dict(CHOICES)[do],
        "tags": tags,
        "asked": request.POST.get("asked", ""),
        "cancel_url": _list_address(request),
        "safe": do != "remove_tags",  # the others can be undone
    }
    return render(request, "segments/change_several.html", context)


def _ask_to_delete(request: SignedInRequest, chosen: Chosen) -> HttpResponse:
    users = users_of(chosen)
    context = {
        "segments": [(segment, segment.exports.all(), users[segment.pk]) for segment in chosen],
        "is_named": any(users.values()),
        "asked": request.POST.get("asked", ""),
        "cancel_url": _list_address(request),
    }
    return render(request, "segments/delete_several.html", context)


def _try(request: SignedInRequest, action: Callable[..., Done], chosen: Chosen) -> None:
    try:
        done = action(request, chosen, user=request.user, now=timezone.now())
    except BadTags as error:
        messages.error(request, str(describe_problem(error.problem)))
    except ChangedMeanwhile:
        text = _("Somebody has changed one of the segments meanwhile: nothing was changed.")
        messages.error(request, text)
    else:
        _say(request, done)


def _say(request: SignedInRequest, done: Done) -> None:
    if not (done.back and done.changed):
        messages.success(request, done.text)
        return
    values: Values = {
        "do": [done.back],
        "confirmed": ["yes"],
        "segment": [segment.pk for segment in done.changed],
        "asked": [request.POST.get("asked", "")],
    }
    say_done(request, done.text, undo=reverse("segments:bulk"), values=values)


def _list_address(request: SignedInRequest) -> str:
    """Return the list as it was asked for, in the same order and on the same page."""
    asked = request.POST.get("asked", "")
    return reverse("segments:list") + (f"?{asked}" if asked else "")


def _refresh(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    refresh_chosen(segments=chosen, **by)
    return Done(
        ngettext(
            "The refresh of %(count)d segment is queued.",
            "The refresh of %(count)d segments is queued.",
            len(chosen),
        )
        % {"count": len(chosen)}
    )


def _activate(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    changed = activate_segments(segments=chosen, **by)
    text = ngettext(
        "%(count)d segment was activated; its refresh is queued.",
        "%(count)d segments were activated; their refresh is queued.",
        len(changed),
    )
    return Done(text % {"count": len(changed)}, "deactivate", changed)


def _deactivate(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    changed = deactivate_segments(segments=chosen, **by)
    text = ngettext(
        "%(count)d segment was deactivated; it keeps its last members.",
        "%(count)d segments were deactivated; they keep their last members.",
        len(changed),
    )
    return Done(text % {"count": len(changed)}, "activate", changed)


def _make_static(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    changed = change_kind(segments=chosen, kind=Segment.Kind.STATIC, **by)
    text = ngettext(
        "%(count)d segment was made static.", "%(count)d segments were made static.", len(changed)
    )
    return Done(text % {"count": len(changed)}, "make_dynamic", changed)


def _make_dynamic(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    changed = change_kind(segments=chosen, kind=Segment.Kind.DYNAMIC, **by)
    text = ngettext(
        "%(count)d segment was made dynamic.", "%(count)d segments were made dynamic.", len(changed)
    )
    return Done(text % {"count": len(changed)}, "make_static", changed)


def _add_tags(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    names = _tags(request)
    add_tags(segments=chosen, names=names, **by)
    return Done(_("Tags added: %(tags)s.") % {"tags": ", ".join(names)})


def _remove_tags(request: SignedInRequest, chosen: Chosen, **by: Any) -> Done:
    names = _tags(request)
    remove_tags(segments=chosen, names=names, **by)
    return Done(_("Tags removed: %(tags)s.") % {"tags": ", ".join(names)})


def _tags(request: SignedInRequest) -> list[str]:
    if names := read_tags(request.POST.get("tags", "")):
        return names
    raise BadTags("tags_none")


def _delete(request: SignedInRequest, chosen: Chosen, **_by: Any) -> Done:
    delete_segments(segments=chosen)
    return Done(
        ngettext("%(count)d segment was deleted.", "%(count)d segments were deleted.", len(chosen))
        % {"count": len(chosen)}
    )


_ACTIONS: dict[str, Callable[..., Done]] = {
    "refresh": _refresh,
    "activate": _activate,
    "deactivate": _deactivate,
    "make_static": _make_static,
    "make_dynamic": _make_dynamic,
    "add_tags": _add_tags,
    "remove_tags": _remove_tags,
    "delete": _delete,
}
