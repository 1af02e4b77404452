"""What can be done to several exports at once, those that are ticked in the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from config.listing import Bulk, chosen_rows
from exports import several
from exports.listing import EXPORTS, list_exports
from exports.models import Export
from exports.schedule_forms import SeveralSchedulesForm

# So many at a time: what is done to them is done while somebody waits.
MOST = 1000
# So many names in one message.
NAMED = 5


@dataclass(frozen=True)
class Action:
    """Something that can be done to exports: its words, and to which of them."""

    label: str | Promise
    # With %(count)s: what is asked before, and what is said afterwards.
    question: Any
    done: Any
    consequence: str | Promise
    do: Callable[..., None]
    needs_connection: bool = False
    needs_rest: bool = True
    is_safe: bool = False
    only_administrators: bool = False


ACTIONS = {
    "run": Action(
        pgettext_lazy("verb", "Run"),
        ngettext_lazy("Run %(count)s export?", "Run %(count)s exports?", "count"),
        ngettext_lazy("%(count)s export was started.", "%(count)s exports were started.", "count"),
        gettext_lazy("Each sends what is due. Those on the same account take turns."),
        several.run,
        needs_connection=True,
        is_safe=True,
    ),
    "schedule": Action(
        pgettext_lazy("verb", "Schedule"),
        ngettext_lazy("Schedule %(count)s export", "Schedule %(count)s exports", "count"),
        ngettext_lazy(
            "The schedule of %(count)s export is saved.",
            "The schedules of %(count)s exports are saved.",
            "count",
        ),
        "",
        several.override_schedule,
        needs_rest=False,
        is_safe=True,
    ),
    "detach": Action(
        gettext_lazy("Detach connection"),
        ngettext_lazy(
            "Detach the connection of %(count)s export?",
            "Detach the connections of %(count)s exports?",
            "count",
        ),
        ngettext_lazy("%(count)s export is detached.", "%(count)s exports are detached.", "count"),
        gettext_lazy(
            "They keep everything else, and do not run until they have a connection again."
        ),
        several.detach,
        needs_connection=True,
        only_administrators=True,
    ),
    "remove": Action(
        gettext_lazy("Remove"),
        ngettext_lazy("Remove %(count)s export?", "Remove %(count)s exports?", "count"),
        ngettext_lazy("%(count)s export is removed.", "%(count)s exports are removed.", "count"),
        gettext_lazy(
            "Their run histories and what Facteur knows of their lists are removed, too. Nothing "
            "changes in ActiveCampaign: what was sent stays there."
        ),
        several.remove,
    ),
}


def bulk_for(user: User) -> Bulk | None:
    """Return what `user` may do to ticked exports, None for those who only look."""
    if not user.is_contributor:
        return None
    actions = [
        (name, action.label)
        for name, action in ACTIONS.items()
        if user.is_administrator or not action.only_administrators
    ]
    return Bulk(reverse("exports:several"), "export", actions)


@require_POST
@contributor_required
def change_several(request: SignedInRequest) -> HttpResponse:
    """Ask, then do to the chosen exports what was chosen for them, each by itself."""
    user, name = request.user, request.POST.get("do", "")
    bulk = bulk_for(user)
    rows = chosen_rows(EXPORTS, list_exports(user), request.POST, "export")
    exports = list(rows.order_by("name", "pk")[: MOST + 1])
    if not exports:
        messages.info(request, _("Nothing was changed: tick the exports first."))
    elif len(exports) > MOST:
        messages.info(request, _("Nothing was changed: choose fewer exports at a time."))
    elif bulk is None or name not in dict(bulk.actions):
        messages.info(request, _("Nothing was changed: choose what to do with the exports."))
    else:
        return _ask_or_do(request, name, exports)
    return redirect(_list_address(request))


def _ask_or_do(request: SignedInRequest, name: str, exports: list[Export]) -> HttpResponse:
    action, is_confirmed = ACTIONS[name], "confirmed" in request.POST
    found = several.sort_out(
        exports=exports,
        user=request.user,
        needs_connection=action.needs_connection,
        needs_rest=action.needs_rest,
    )
    form = None
    if name == "schedule":
        form = SeveralSchedulesForm(request.POST if is_confirmed else None)
    if not is_confirmed or not found.can or (form and not form.is_valid()):
        return _ask(request, name, found, form)
    outcome = several.do_to_each(found.can, _doing(request, action, form), user=request.user)
    for why, refused in found.cannot.items():
        for export in refused:
            outcome.refuse(export, why)
    _report(request, action, outcome)
    return redirect(_list_address(request))


def _doing(
    request: SignedInRequest, action: Action, form: SeveralSchedulesForm | None
) -> Callable[[Export], None]:
    by: dict[str, Any] = {"user": request.user, "now": timezone.now()}
    if form is None:
        return partial(action.do, **by)
    if form.is_kept:
        return partial(several.switch_schedule, is_on=form.is_on, **by)
    schedule = several.schedule_of(form.apply_to(Export()))
    return partial(action.do, schedule=schedule, **by)


def _ask(
    request: SignedInRequest,
    name: str,
    found: several.Sorted,
    form: SeveralSchedulesForm | None,
) -> HttpResponse:
    action = ACTIONS[name]
    context = {
        "name": name,
        "action": action,
        "question": action.question % {"count": len(found.can)},
        "found": found,
        "form": form,
        "keys": ",".join(str(export.pk) for export in found.can),
        "asked": request.POST.get("asked", ""),
        "cancel_url": _list_address(request),
        "safe": action.is_safe,
    }
    return render(request, "exports/several.html", context)


def _report(request: SignedInRequest, action: Action, outcome: several.Sorted) -> None:
    """Say for how many it was done, and for each reason whom it was not done to."""
    if outcome.can:
        messages.success(request, action.done % {"count": len(outcome.can)})
    for why, refused in outcome.cannot.items():
        names, more = several.names_of(refused, NAMED)
        if more:
            text = ngettext("%(names)s and %(more)s more", "%(names)s and %(more)s more", more)
            names = text % {"names": names, "more": more}
        messages.warning(
            request, _("Not done for %(names)s. %(why)s") % {"names": names, "why": why}
        )


def _list_address(request: SignedInRequest) -> str:
    """Return the list as it was asked for, in the same order and on the same page."""
    asked = request.POST.get("asked", "")
    return reverse("exports:list") + (f"?{asked}" if asked else "")
