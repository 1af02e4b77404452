"""A run told in sentences: how it stands in a title, and how long and how fast it was."""

from datetime import timedelta

from django.utils import formats
from django.utils.translation import gettext as translate
from django.utils.translation import ngettext

from config.templatetags.figures import duration
from exports.models import Run

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def percent_done(run: Run) -> int | None:
    """Return how far the phase is that counts contacts; None in those that don't.

    It is 100 only when nothing is left.
    """
    if run.status == Run.Status.SENDING and run.to_send:
        return 100 * (run.accepted + run.rejected_after) // run.to_send
    if run.status == Run.Status.CONFIRMING and run.accepted:
        return 100 * (run.confirmed + run.unknown) // run.accepted
    return None


def state_and_percent(run: Run, step: int = 1) -> str:
    """Return the state in words, with how far it is: in whole steps of so many percent."""
    percent = percent_done(run)
    if percent is None:
        return run.state
    return translate("%(state)s, %(percent)s%%") % {
        "state": run.state,
        "percent": percent // step * step,
    }


def page_state(run: Run) -> str:
    """Return what the icon of the tab says: attention, running or fine."""
    if run.status in {Run.Status.NEEDS_APPROVAL, Run.Status.FAILED}:
        return "attention"
    return "running" if run.status in Run.ACTIVE else "fine"


def pace_of(run: Run) -> str:
    """Say how long a finished run took and how fast it sent; "" when it never began."""
    if run.duration is None:
        return ""
    took = translate("It took %(duration)s.") % {"duration": duration(run.duration)}
    return " ".join(filter(None, [took, _waited(run), _speed(run)]))


def _waited(run: Run) -> str:
    if run.started_at is None or run.started_at - run.queued_at < MINUTE:
        return ""
    waited = duration(run.started_at - run.queued_at)
    return translate("Before that it waited for %(duration)s.") % {"duration": waited}


def _speed(run: Run) -> str:
    sent = run.accepted + run.rejected_after
    if not (sent and run.planned_at and run.sent_at):
        return ""
    sending = run.sent_at - run.planned_at
    if sending < SECOND:
        return ""
    sentence = translate("Sending took %(duration)s of it.") % {"duration": duration(sending)}
    # A rate a minute says nothing about what was over in a few seconds.
    if sending < MINUTE / 6:
        return sentence
    rate = round(sent / (sending / MINUTE))
    speed = ngettext(
        "Sending took %(duration)s of it: %(rate)s contact a minute.",
        "Sending took %(duration)s of it: %(rate)s contacts a minute.",
        rate,
    )
    shown = formats.number_format(rate, force_grouping=True)
    return speed % {"duration": duration(sending), "rate": shown}
