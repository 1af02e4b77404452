"""Sends what administrators are to be told, in the words of whoever reads it."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as translate
from django.utils.translation import ngettext

from accounts.mail import mail_is_configured, send_to, site_address
from accounts.models import User
from exports.models import Alert
from exports.problems import describe_problem
from exports.wording import why_paused
from segments.models import Segment, Source
from segments.refreshes.standing import standings_of

log = logging.getLogger("facteur.alerts")

TEMPLATE = "exports/email/alerts"
# Until then another worker leaves alone what one is sending.
SENDING = timedelta(minutes=10)
# While the mail server is down: after 2, 4, 8 … minutes, an hour at most, for a day.
LONGEST_PAUSE = timedelta(hours=1)
GIVES_UP = timedelta(days=1)

# ActiveCampaign's words, and those about a file, may quote a customer's address.
_ADDRESS = re.compile(r"[^\s@<>()“”\"',;:]+@[^\s@<>()“”\"',;:]+")


@dataclass(frozen=True)
class Part:
    """One thing in a message: what happened, what to do about it, and where."""

    title: str
    text: str
    address: str


class Message:
    """What one administrator reads; the words are made when they are asked for."""

    def __init__(self, alerts: Sequence[Alert], reader: User) -> None:
        self._alerts, self._reader = alerts, reader

    def subject(self) -> str:
        """Return the title of the only part, or how many there are."""
        parts = self.parts()
        if len(parts) == 1:
            return parts[0].title
        text = ngettext("%(count)s alert", "%(count)s alerts", len(parts))
        return text % {"count": len(parts)}

    def parts(self) -> list[Part]:
        return [part for alert in self._alerts for part in _parts(alert, self._reader)]


def send_alerts(*, now: datetime) -> None:
    """Send what is due to every administrator who wants it, all in one message.

    A mail server that is down is logged, and tried again later: it holds up nothing else.
    """
    alerts = _claim(now)
    if not alerts:
        return
    if mail_is_configured() and not _send(alerts):
        _put_off(alerts, now)
    else:
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(due_at=None)


def _claim(now: datetime) -> list[Alert]:
    with transaction.atomic():
        due = list(Alert.objects.select_for_update().filter(due_at__lte=now))
        ids = [alert.pk for alert in due]
        Alert.objects.filter(pk__in=ids).update(due_at=now + SENDING)
    return list(Alert.objects.select_related("run", "export").filter(pk__in=ids).order_by("pk"))


def _send(alerts: list[Alert]) -> bool:
    """Return whether it reached somebody, or there is nobody to reach."""
    sent = False
    for reader in User.objects.alerted():
        if not send_to(reader, TEMPLATE, {"alerts": Message(alerts, reader)}) and not sent:
            return False  # the others would only wait for the same server
        sent = True
    return True


def _put_off(alerts: list[Alert], now: datetime) -> None:
    for alert in alerts:
        alert.attempts += 1
        pause = min(timedelta(minutes=2.0 ** min(alert.attempts, 6)), LONGEST_PAUSE)
        alert.due_at = now + pause if now - alert.created_at < GIVES_UP else None
        if alert.due_at is None:
            log.error("alert %s: given up after %s attempts", alert.pk, alert.attempts)
    Alert.objects.bulk_update(alerts, ["attempts", "due_at"])


def _parts(alert: Alert, reader: User) -> Iterator[Part]:
    if alert.kind == Alert.Kind.REFRESH:
        yield from _of_refresh(alert, reader)
    else:
        yield _of_export(alert, reader)


def _of_export(alert: Alert, reader: User) -> Part:
    titles = {
        Alert.Kind.FAILED: translate("“%(name)s” failed"),
        Alert.Kind.SKIPPED: translate("“%(name)s” was skipped: upstream refresh failed"),
        Alert.Kind.NEEDS_APPROVAL: translate("“%(name)s” needs approval"),
        Alert.Kind.PAUSED: translate("“%(name)s” is paused"),
        Alert.Kind.RECOVERED: translate("“%(name)s” works again"),
    }
    texts = {
        Alert.Kind.NEEDS_APPROVAL: translate(
            "It waits for somebody to decide whether it may send."
        ),
        Alert.Kind.PAUSED: why_paused(),
    }
    why = str(describe_problem(alert.problem, reader) or "")
    kind = Alert.Kind(alert.kind)
    text = _without_addresses(" ".join(filter(None, [texts.get(kind, ""), why])))
    return Part(titles[kind] % {"name": alert.export}, text, _address(alert))


def _address(alert: Alert) -> str:
    if alert.kind == Alert.Kind.PAUSED:
        return site_address(reverse("exports:detail", args=[alert.export_id]))
    return site_address(reverse("exports:run_detail", args=[alert.run_id]))


def _of_refresh(alert: Alert, reader: User) -> Iterator[Part]:
    """Yield a part for each source and segment that fails now and did not, or the reverse."""
    kinds: tuple[tuple[str, QuerySet[Any], str], ...] = (
        ("source", Source.objects.select_related("table"), "segments:source_detail"),
        ("segment", Segment.objects.select_related("snapshot"), "segments:detail"),
    )
    for kind, subjects, page in kinds:
        now, before = set(alert.failing.get(kind, [])), set(alert.failed_before.get(kind, []))
        changed = list(subjects.filter(pk__in=now ^ before).order_by("name"))
        standings = standings_of(changed, reader=reader)
        for subject in changed:
            address = site_address(reverse(page, args=[subject.pk]))
            if subject.pk in now:
                why = _without_addresses(str(standings[subject].problem or ""))
                yield Part(_failing_title(kind) % {"name": subject}, why, address)
            else:
                yield Part(_working_title(kind) % {"name": subject}, "", address)


def _failing_title(kind: str) -> str:
    if kind == "source":
        return translate("The source “%(name)s” could not be refreshed")
    return translate("The segment “%(name)s” could not be refreshed")


def _working_title(kind: str) -> str:
    if kind == "source":
        return translate("The source “%(name)s” is refreshed again")
    return translate("The segment “%(name)s” is refreshed again")


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("…@…", text)
