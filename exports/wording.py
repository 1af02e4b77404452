"""Sentences about when an export runs and what a run is doing."""

from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from exports.models import Export, Run
from exports.pipeline.finish import MOST_FAILURES
from exports.problems import describe_problem
from segments.models import RefreshSchedule, Scheduled

NOTICEABLE = timedelta(seconds=3)


def next_refresh_at() -> datetime | None:
    """Return when the whole system refreshes next; None when the schedule is off."""
    return RefreshSchedule.objects.values_list("due_at", flat=True).first()


def why_paused() -> str:
    """Say why exports are paused, and how that ends."""
    return translate(
        "After %(count)s failed runs in a row an export does not run by itself any more. Run it "
        "once the cause is mended, or let it run by schedule again."
    ) % {"count": MOST_FAILURES}


def when_it_runs(export: Export) -> str:
    """Say when an export runs next, or why it doesn't by itself."""
    if export.connection_id is None:
        return translate("It does not run, because it has no connection.")
    if export.recurrence == Scheduled.Recurrence.OFF:
        return translate("Its schedule is off: it runs on demand only.")
    if export.paused_at is not None:
        return translate("It is paused: it runs on demand only.")
    if export.recurrence != Scheduled.Recurrence.REFRESH:
        return _when_it_is_due(export)
    due = next_refresh_at()
    if due is None:
        return translate("The scheduled refresh is off, so it runs on demand only.")
    sentence = translate("It runs next with the scheduled refresh on %(when)s.")
    return sentence % {"when": _moment(due)}


def _when_it_is_due(export: Export) -> str:
    if export.due_at is None:
        return translate("Nothing is due by its schedule: it runs on demand only.")
    sentence = translate("It runs next on %(when)s.")
    if export.due_at <= timezone.now():
        sentence = translate("It was due on %(when)s and runs as soon as nothing keeps it.")
    return sentence % {"when": _moment(export.due_at)}


def activity(run: Run, now: datetime, user: User) -> str:
    """Say in one sentence what a run is doing, or how it ended."""
    if run.status in Run.ACTIVE and run.cancel_requested_by_id:
        return translate("Stopping, as %(person)s asked.") % {"person": run.cancel_requested_by}
    if run.problem:
        return _with_time(str(describe_problem(run.problem, user)), run, now)
    counts = {
        "sent": _number(run.accepted + run.rejected_after),
        "to_send": _number(run.to_send),
        "answered": _number(run.confirmed + run.unknown),
        "accepted": _number(run.accepted),
        "unknown": _number(run.unknown),
        "rejected": _number(run.rejects),
    }
    sentence = str(_ACTIVITIES[Run.Status(run.status)]) % counts
    if run.unknown and run.status in Run.FINISHED:
        sentence += " " + translate("Contacts without a result: %(unknown)s.") % counts
    return sentence


def read_back_in_words(run: Run) -> str:
    """Say what was found of a run's contacts on the list itself."""
    found = run.read_back
    if not found.get("asked"):
        if run.status in Run.ACTIVE:
            return translate("looked at when everything is confirmed")
        return translate("not looked at")
    counts = {name: _number(found.get(name, 0)) for name in ("asked", "on_list", *_NOT_ON_LIST)}
    sentence = translate("%(on_list)s of %(asked)s asked are on the list") % counts
    parts = [str(words) % counts for name, words in _NOT_ON_LIST.items() if found.get(name)]
    sentence = ", ".join([sentence, *parts])
    if found.get("due") and run.is_finished:
        sentence += f"; {translate('the next run sends those again')}"
    return sentence


_NOT_ON_LIST = {
    "unsubscribed": _("%(unsubscribed)s unsubscribed"),
    "bounced": _("%(bounced)s bounced"),
    "missing": _("%(missing)s not on the list"),
}
_ACTIVITIES = {
    Run.Status.QUEUED: _("Waiting for its turn."),
    Run.Status.PLANNING: _("Reading the segments and comparing them with what was sent before."),
    Run.Status.NEEDS_APPROVAL: _("It waits for somebody to decide whether it may send."),
    Run.Status.SENDING: _("Sending: %(sent)s of %(to_send)s contacts so far."),
    Run.Status.CONFIRMING: _(
        "Everything is sent. Asking ActiveCampaign what it imported: %(answered)s of %(accepted)s "
        "contacts so far."
    ),
    Run.Status.SUCCESSFUL: _("Everything was accepted and confirmed. Contacts sent: %(accepted)s."),
    Run.Status.WITH_REJECTS: _(
        "Finished. Contacts sent: %(accepted)s. Members rejected: %(rejected)s."
    ),
    Run.Status.FAILED: _("It failed after %(accepted)s of %(to_send)s contacts had been sent."),
    Run.Status.CANCELED: _(
        "It was canceled. %(accepted)s of %(to_send)s contacts had been sent and remain in "
        "ActiveCampaign."
    ),
    Run.Status.SKIPPED: _("There was nothing to do."),
}


def _with_time(sentence: str, run: Run, now: datetime) -> str:
    # Only a wait that a person would notice is worth a time.
    goes_on_at = _goes_on_at(run)
    if run.status not in Run.ACTIVE or goes_on_at is None or goes_on_at <= now + NOTICEABLE:
        return sentence
    when = formats.time_format(timezone.localtime(goes_on_at), "H:i:s")
    return f"{sentence} {translate('It goes on at %(when)s.') % {'when': when}}"


def _goes_on_at(run: Run) -> datetime | None:
    # A run looks around while it waits for longer; its problem knows until when that is.
    until = (run.problem or {}).get("until")
    return datetime.fromisoformat(until) if until else run.wake_at


def _moment(at: datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _number(count: int) -> str:
    return formats.number_format(count, force_grouping=True)
