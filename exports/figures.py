"""The counts, phases and outcomes of a run, with their names."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.models import Run

# What the members fall into, with the kind that colours it in the bar.
PARTS: tuple[tuple[str, str | Promise, str], ...] = (
    ("accepted", _("Accepted"), "good"),
    ("unchanged", _("Unchanged"), "idle"),
    ("rejected_before", _("Rejected before sending"), "warn"),
    ("rejected_after", _("Rejected by ActiveCampaign"), "bad"),
    ("not_attempted", _("Not attempted"), "busy"),
)
# What became of one person, by the outcome that the pipeline gives.
OUTCOMES: dict[str, str | Promise] = {
    "confirmed": _("Sent; ActiveCampaign says that it imported the contact."),
    "accepted": _("Sent; ActiveCampaign has not said yet whether it imported the contact."),
    "unknown": _("Sent; whether ActiveCampaign imported the contact could not be found out."),
    "unchanged": _("Not sent: sent before with the same values."),
    "rejected_before": _("Rejected before sending."),
    "rejected_after": _("Rejected by ActiveCampaign."),
    "not_attempted": _("Not sent yet."),
}


def figures_of(run: Run) -> list[tuple[str | Promise, int, str]]:
    """Return (label, count, kind) of each part of the members; none before it is planned."""
    if run.members is None:
        return []
    return [(label, getattr(run, name), kind) for name, label, kind in PARTS]


@dataclass(frozen=True)
class Phase:
    """One phase of a run; `state` is passed, running, failed, skipped or waiting."""

    label: str | Promise
    state: str
    at: object


def phases_of(run: Run) -> list[Phase]:
    """Return the phases with the times they were left, as far as the run came or will come."""
    left = (
        (Run.Status.QUEUED, run.started_at),
        (Run.Status.PLANNING, run.planned_at),
        (Run.Status.SENDING, run.sent_at),
        (Run.Status.CONFIRMING, run.finished_at if run.sent_at else None),
    )
    passed = [Phase(status.label, "passed", at) for status, at in left if at]
    ahead = [status.label for status, at in left if not at]
    if not ahead:
        return passed
    if run.status in Run.ACTIVE:
        waiting = [Phase(label, "waiting", None) for label in ahead[1:]]
        return [*passed, Phase(ahead[0], "running", None), *waiting]
    if run.status in (Run.Status.FAILED, Run.Status.CANCELED):
        state = "failed" if run.status == Run.Status.FAILED else "skipped"
        return [*passed, Phase(ahead[0], state, None)]
    return passed  # there was nothing to send
