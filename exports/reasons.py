"""Why a member could not be delivered, or must not be, in words a marketer understands."""

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Stage = Literal["before", "after"]

REASONS = {
    "no_address": _("There is no e-mail address."),
    "invalid_address": _("This is not an e-mail address."),
    "duplicate": _("Another member, further up, has the same address and counts instead."),
    "bad_date": _("“%(detail)s” is not a date: write it like 2026-11-23."),
    "bad_datetime": _("“%(detail)s” is not a date and time: write it like 2026-11-23 14:30."),
    "refused": _("ActiveCampaign refused the contact: %(detail)s"),
    "not_imported": _("ActiveCampaign took the contact, then reported that importing it failed."),
}
# Why a member is not sent for their own sake: that is right, and nothing to be corrected.
HELD_REASONS = {
    "unsubscribed": _("Unsubscribed from the list: they are never subscribed again."),
    "bounced": _("Messages to this address bounce, so ActiveCampaign does not take it."),
    "suppressed": _("On a suppression list."),
    "no_consent": _("No consent: the column says no, or nothing."),
    "left_before": _(
        "Facteur unsubscribed them when they left the segments, and ActiveCampaign does not let"
        " an import subscribe them again."
    ),
    "other_export": _(
        "Left the segments. Another export still sends them to this list, so they are not"
        " unsubscribed from it."
    ),
    "corrected": _(
        "Their address was corrected by hand, and that correction fits no row any more: the source"
        " has no key by which to know people again. Whether they left is unknown."
    ),
}
# What to do about a reject.
TODOS = {
    "no_address": _("Enter an address in the file of rejects, or in the source."),
    "invalid_address": _("Correct the address in the file of rejects, or in the source."),
    "duplicate": _("Nothing, when it is the same person. Otherwise correct one of the addresses."),
    "bad_date": _("Correct the date in the file of rejects, or in the source."),
    "bad_datetime": _("Correct the date in the file of rejects, or in the source."),
    "refused": _("Correct the value that ActiveCampaign names, or retry when it is mended there."),
    "not_imported": _("Retry: it was most likely a fault of the moment."),
}
# What to do about somebody who is held back: mostly nothing, and it is said why.
HELD_TODOS = {
    "unsubscribed": _("Nothing: only they can subscribe again."),
    "bounced": _("Ask them for another address, and correct it in the source."),
    "suppressed": _("Nothing, unless they are on it by mistake: then change the list."),
    "no_consent": _("Nothing, until the column says that they agreed."),
    "left_before": _("Nothing: only they can subscribe again, or somebody in ActiveCampaign."),
    "other_export": _("Nothing: should the other export stop sending them, the next run sees it."),
    "corrected": _("Enter the right address in the source, then drop the corrections."),
}
STAGES = {
    "before": pgettext_lazy("stage", "Rejected before sending"),
    "after": pgettext_lazy("stage", "Rejected by ActiveCampaign"),
}


def reason_text(code: str, detail: str) -> str:
    """Return the reason in the active language; `detail` is a field's name or their words."""
    return str((REASONS | HELD_REASONS)[code]) % {"detail": detail}


def reason_counts(counts: Mapping[str, int], titles: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return the reasons in words, the most frequent first.

    `counts` are by code, with the column of the plan behind a colon where one is to blame;
    `titles` are the names of these columns.
    """
    ranked = sorted(counts.items(), key=lambda counted: -counted[1])
    return [(planned_reason(code, titles), count) for code, count in ranked]


def planned_reason(reject: str, titles: Mapping[str, str]) -> str:
    """Return in words why a plan says that somebody can't be sent."""
    code, _colon, column = reject.partition(":")
    return reason_text(code, titles.get(column, column))


def todo_text(code: str) -> str:
    """Return what to do about a reject in the active language."""
    return str(TODOS[code])


def held_todo_text(code: str) -> str:
    """Return what to do about somebody who is held back in the active language."""
    return str(HELD_TODOS[code])
