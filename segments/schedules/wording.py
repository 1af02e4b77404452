"""Schedules in words."""

from collections.abc import Callable
from datetime import date, time, timedelta

from django.utils import formats
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.models import Scheduled

Recurrence = Scheduled.Recurrence
# The names of days come from the formats of the language.
_SOME_MONDAY = date(2024, 1, 1)


def describe(scheduled: Scheduled) -> str:
    """Say in one phrase when something happens by itself."""
    recurrence = Recurrence(scheduled.recurrence)
    if say := _PHRASES.get(recurrence):
        return say(scheduled)
    return str(recurrence.label)


def weekday_name(number: int) -> str:
    """Return the name of an ISO weekday, as it stands inside a sentence."""
    return formats.date_format(_SOME_MONDAY + timedelta(days=number - 1), "l")


def _hourly(scheduled: Scheduled) -> str:
    text = ngettext("Every hour", "Every %(count)d hours", scheduled.every_hours)
    return text % {"count": scheduled.every_hours}


def _daily(scheduled: Scheduled) -> str:
    return _("Daily at %(times)s (%(zone)s)") % _times_of(scheduled)


def _weekly(scheduled: Scheduled) -> str:
    days = [weekday_name(number) for number in sorted(scheduled.weekdays)]
    values = {**_times_of(scheduled), "days": _listed(days)}
    return _("Weekly on %(days)s at %(times)s (%(zone)s)") % values


def _monthly(scheduled: Scheduled) -> str:
    days = [str(number) for number in sorted(scheduled.month_days)]
    values = {**_times_of(scheduled), "days": _listed(days)}
    text = ngettext(
        "Monthly on day %(days)s at %(times)s (%(zone)s)",
        "Monthly on days %(days)s at %(times)s (%(zone)s)",
        len(days),
    )
    return text % values


def _cron(scheduled: Scheduled) -> str:
    values = {"cron": scheduled.cron, "zone": scheduled.time_zone}
    return _("Cron expression %(cron)s (%(zone)s)") % values


def _times_of(scheduled: Scheduled) -> dict[str, str]:
    times = [formats.time_format(time.fromisoformat(each)) for each in sorted(scheduled.times)]
    return {"times": _listed(times), "zone": scheduled.time_zone}


def _listed(words: list[str]) -> str:
    return get_text_list(words, _("and"))


_PHRASES: dict[Recurrence, Callable[[Scheduled], str]] = {
    Recurrence.HOURLY: _hourly,
    Recurrence.DAILY: _daily,
    Recurrence.WEEKLY: _weekly,
    Recurrence.MONTHLY: _monthly,
    Recurrence.CRON: _cron,
}
