"""An erasure in words: what it waits for, what it erased, where the person may still be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.problems import Description, Wording, describe
from connections.problems import wordings_for
from exports.models import Erasure
from exports.problems import WORDINGS as RUN_WORDINGS
from segments.models import Source

_WAITS = _("The person is forgotten there as soon as it has ended. Everything else goes on.")
WORDINGS = {
    **RUN_WORDINGS,
    # source
    "erasure_waits_for_refresh": Wording(_("Waiting for the refresh of “%(source)s”."), _WAITS),
    # export
    "erasure_waits_for_run": Wording(_("Waiting for the run of “%(export)s”."), _WAITS),
    # export
    "erasure_waits_for_approval": Wording(
        _("Waiting for the run of “%(export)s”, which needs approval."),
        _("Approve the run or cancel it: until then it may still send the person."),
    ),
    # export
    "erasure_waits_for_read_back": Wording(
        _("Waiting for the read-back of a run of “%(export)s”."), _WAITS
    ),
    "erasure_waits_for_files": Wording(
        _("Waiting for files that were written just now: some may be about to be used."),
        _("They are looked into again within five minutes."),
    ),
    "internal": Wording(
        _("Something went wrong in Facteur, again and again."),
        _("Ask whoever operates Facteur to look into its log, then try again."),
    ),
}
# In the order of the way of the data; folders of files, and what else is counted.
KINDS: dict[str, str | Promise] = {
    "tables": _("Profiles of sources"),
    "mentions": _("Mentions in rows of other people"),
    "snapshots": _("Members of segments"),
    "uploads": _("Uploaded files that were waiting to be read, discarded"),
    "plans": _("Rows of plans"),
    "states": _("Entries of delivered states"),
    "corrections": _("Corrections of rejects"),
    "suppression": _("Entries of suppression lists"),
    "unreachable": _("Entries of lists of the unsubscribed and bounced"),
    "read_backs": _("Entries of read-backs"),
    "files": _("Files that nothing used any more"),
    "words": _("Texts in the database: reasons, problems, audit trail"),
    "contacts": _("Contacts in ActiveCampaign"),
}


@dataclass(frozen=True)
class Remaining:
    """Where the person may still be, and what to do about it; `link` is the page to do it on."""

    text: str
    link: str = ""


def describe_problem(stored: Mapping[str, Any] | None, user: User) -> Description | None:
    """Return what an erasure waits for, or why it failed, in words for `user`."""
    return describe(stored, {**wordings_for(user), **WORDINGS})


def erased_kinds(erasure: Erasure) -> list[tuple[str | Promise, int]]:
    """Return what was erased, and how much of it; nothing that was none."""
    known = [(label, erasure.erased.get(kind, 0)) for kind, label in KINDS.items()]
    others = sum(count for kind, count in erasure.erased.items() if kind not in KINDS)
    return [(label, count) for label, count in (*known, (_("Other rows"), others)) if count]


def remaining(erasure: Erasure) -> Iterator[Remaining]:
    """Yield where people have to see to it themselves."""
    remains = erasure.remains
    for source in Source.objects.filter(pk__in=remains.get("sources", [])).order_by("name"):
        text = translate(
            "The person is still in what “%(source)s” is read from, and returns with its next "
            "refresh, unless removed there. Only a suppressed address is not sent then."
        )
        yield Remaining(text % {"source": source.name}, f"/sources/{source.pk}/")
    for label, pk in remains.get("written", []):
        yield _written(label, pk)
    for host in remains.get("hosts", []):
        text = translate(
            "The contact could not be deleted in %(host)s: no connection that can be used leads "
            "there. Delete it in ActiveCampaign itself."
        )
        yield Remaining(text % {"host": host})


def _written(label: str, pk: int) -> Remaining:
    model = apps.get_model(label)
    row = model._default_manager.filter(pk=pk).first()
    text = translate(
        "The address is part of what people wrote of %(kind)s “%(name)s”. Edit it, if it should go."
    )
    if row is None:
        return Remaining(translate("What people wrote of the address has been removed since."))
    return Remaining(text % {"kind": model._meta.verbose_name, "name": row})
