"""The counts, reasons, phases and outcomes of a run, with their names."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exports.models import Run
from exports.pipeline.plan import Plan
from exports.reasons import held_todo_text, reason_text

# What the members and leavers fall into, with the kind that colours it in the bar.
PARTS: tuple[tuple[str, str | Promise, str], ...] = (
    ("accepted", _("Accepted"), "good"),
    ("unchanged", _("Unchanged"), "idle"),
    ("held_back", _("Held back"), "held"),
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
    "held_back": _("Not sent, for their own sake."),
    "left_alone": _("Left the segments; nothing was sent, and they stay on the list."),
    "rejected_before": _("Rejected before sending."),
    "rejected_after": _("Rejected by ActiveCampaign."),
    "not_attempted": _("Not sent yet."),
}
# Why somebody is to be sent, by the action in the plan, with what that means.
ACTIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "new": (_("New"), _("never sent before")),
    "changed": (
        pgettext_lazy("contacts", "Changed"),
        _("a mapped value differs from what was sent last"),
    ),
    "remapped": (_("Remapped"), _("the fields that the export sends have changed")),
    "returned": (_("Returned"), _("left the segments before, and are back")),
    "retried": (_("Retried"), _("due since an earlier run")),
    "full": (_("Sent again"), _("nothing changed, but everything was to be delivered")),
    "left": (_("Left"), _("no longer in the segments")),
}


def figures_of(run: Run) -> list[tuple[str | Promise, int, str]]:
    """Return (label, count, kind) of each part of everybody in a run; none before it is planned."""
    if run.members is None:
        return []
    return [(label, getattr(run, name), kind) for name, label, kind in PARTS]


@dataclass(frozen=True)
class Why:
    """How many were sent, or held back, for one reason; `todo` is about those held back."""

    label: str | Promise
    meaning: str | Promise
    count: int
    code: str = ""
    todo: str = ""


def why_sent(run: Run | Plan) -> list[Why]:
    """Return why contacts of a run or plan are to be sent, in the order of the actions."""
    return [
        Why(label, meaning, run.reasons[action])
        for action, (label, meaning) in ACTIONS.items()
        if run.reasons.get(action)
    ]


def why_held(run: Run | Plan) -> list[Why]:
    """Return why members were held back, the most frequent reason first."""
    counts = sorted(run.held_reasons.items(), key=lambda held: -held[1])
    return [
        Why(reason_text(code, ""), "", count, code, held_todo_text(code)) for code, count in counts
    ]


@dataclass(frozen=True)
class Phase:
    """One phase of a run; `state` is passed, running, failed, skipped or waiting.

    `at` is when it was left; of the last, which is none but the end, when it was reached.
    """

    label: str | Promise
    state: str
    at: object
    is_last: bool = False


def phases_of(run: Run, *, was_approved: bool = False) -> list[Phase]:
    """Return the phases in their order, as far as the run came or will come.

    Needs approval is among them only when somebody was asked.
    """
    asks = was_approved or run.status == Run.Status.NEEDS_APPROVAL
    left: list[tuple[str | Promise, str, object]] = [
        (Run.Status.QUEUED.label, Run.Status.QUEUED, run.started_at),
        (Run.Status.PLANNING.label, Run.Status.PLANNING, run.planned_at),
        (Run.Status.SENDING.label, Run.Status.SENDING, run.sent_at),
        (Run.Status.CONFIRMING.label, Run.Status.CONFIRMING, run.sent_at and run.finished_at),
        (pgettext_lazy("phase", "Done"), "", run.sent_at and run.finished_at),
    ]
    if asks:
        left.insert(2, (Run.Status.NEEDS_APPROVAL.label, Run.Status.NEEDS_APPROVAL, None))
    if run.status in Run.ACTIVE:
        return _under_way(left, run.status)
    return _ended(run, [phase for phase in left if phase[1] != Run.Status.NEEDS_APPROVAL])


def _under_way(left: list[tuple[str | Promise, str, object]], status: str) -> list[Phase]:
    at = [code for _label, code, _when in left].index(status)
    return [
        Phase(label, "passed" if n < at else "running" if n == at else "waiting", when)
        for n, (label, _code, when) in enumerate(left)
    ]


def _ended(run: Run, left: list[tuple[str | Promise, str, object]]) -> list[Phase]:
    passed = [Phase(label, "passed", at, is_last=not code) for label, code, at in left if at]
    ahead = [label for label, _code, at in left if not at]
    if ahead and run.status in (Run.Status.FAILED, Run.Status.CANCELED):
        state = "failed" if run.status == Run.Status.FAILED else "skipped"
        return [*passed, Phase(ahead[0], state, None)]
    return passed  # there was nothing to send
