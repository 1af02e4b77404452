"""The way of a new installation to its first delivered contact."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from connections.models import Connection
from exports.models import Export, Run
from segments.models import Segment, Source


@dataclass(frozen=True)
class Step:
    """One of the first steps: `address` for those who may take it, else whom to `ask`."""

    label: str | Promise
    explained: str | Promise
    is_done: bool
    address: str
    ask: str | Promise = ""
    is_export: bool = False


def first_steps(user: User) -> list[Step]:
    """Return the way to the first delivery; nothing once it has been gone, or was dismissed."""
    if user.dismissed_first_steps:
        return []
    done = _what_exists(user)
    if done["delivered"]:
        return []
    for_contributors = "" if user.is_contributor else _("A contributor does that.")
    return [
        Step(
            _("Connect an ActiveCampaign account"),
            _("With the address and the key of its API, which ActiveCampaign shows."),
            done["connection"],
            reverse("connections:add") if user.is_administrator else "",
            "" if user.is_administrator else _ask_administrator(),
        ),
        Step(
            _("Add a source of profiles"),
            _("Upload a file of your customers, or read them from a folder or a database."),
            done["source"],
            reverse("segments:add_source") if user.is_contributor else "",
            for_contributors,
        ),
        Step(
            _("Describe a segment of them"),
            _("Say by a rule whom you want to reach; how many that are is counted as you go."),
            done["segment"],
            reverse("segments:add") if user.is_contributor else "",
            for_contributors,
        ),
        Step(
            _("Set up an export"),
            _("Choose the list, and which column becomes which field. Saving sends nothing."),
            done["export"],
            reverse("exports:add") if user.is_contributor else "",
            for_contributors,
            is_export=True,
        ),
        Step(
            _("Run it for the first time"),
            _("Look at the preview, then run it: for every member you see what happened."),
            done["delivered"],
            reverse("exports:list") if user.is_contributor and done["export"] else "",
            for_contributors,
        ),
    ]


def _what_exists(user: User) -> dict[str, bool]:
    """Return which steps are done, in one query."""
    connections = Connection.objects.all()
    if user.is_contributor:
        connections = connections.usable_by(user)
    delivered = Run.objects.filter(status__in=Run.FINISHED, accepted__gt=0)
    steps = {
        "connection": Exists(connections),
        "source": Exists(Source.objects.all()),
        "segment": Exists(Segment.objects.all()),
        "export": Exists(Export.objects.all()),
        "delivered": Exists(delivered),
    }
    asked: Any = User.objects.filter(pk=user.pk)
    found: dict[str, bool] = asked.values(**steps).get()
    return found


def _ask_administrator() -> str:
    people = User.objects.active_administrators().order_by("pk")[:3]
    names = get_text_list([str(person) for person in people], pgettext("people", "or"))
    return gettext("An administrator does that: %(people)s.") % {"people": names}
