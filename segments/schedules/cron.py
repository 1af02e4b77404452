"""Cron expressions: what is wrong with one, and the local times it names.

Minutes, hours, days of the month, months and days of the week, as Debian's cron reads them.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The names of the five parts, each with what it may hold.
PARTS = (
    (gettext_lazy("minute"), "0–59"),
    (gettext_lazy("hour"), "0–23"),
    (gettext_lazy("day of the month"), "1–31, L"),
    (gettext_lazy("month"), "1–12, JAN–DEC"),
    (gettext_lazy("day of the week"), "0–7, SUN–SAT"),
)
_HOUR = 1
_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - expressions name local times


class BadCron(ValueError):
    """An expression that names no time; its text says, in the active language, what is wrong."""


def check_cron(expression: str) -> None:
    """Raise BadCron unless the expression names times that come."""
    parts = expression.split()
    if len(parts) != len(PARTS):
        text = _(
            "An expression has five parts: minute, hour, day of the month, month, day of the week. "
            "This one has %(count)s."
        )
        raise BadCron(text % {"count": len(parts)})
    for position, (name, holds) in enumerate(PARTS):
        alone = ["*"] * len(PARTS)
        alone[position] = parts[position]
        if not _is_fine(alone):
            text = _("Its %(part)s, “%(value)s”, can’t be read. It may hold %(holds)s and * , - /")
            raise BadCron(text % {"part": name, "value": parts[position], "holds": holds})
    if not _is_fine(parts) or next(CronSim(expression, _SOME_DAY), None) is None:
        raise BadCron(_("It names a day that never comes, such as 30 February."))


def cron_clock_times(expression: str, after: datetime) -> Iterator[datetime]:
    """Yield the local times that an expression names, later than a local time."""
    return CronSim(expression, after)


def is_every_hour(expression: str) -> bool:
    """Whether an expression names no hours, so that it counts every hour that passes."""
    return expression.split()[_HOUR] == "*"


def cron_moments(expression: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments at which the clocks of a zone show what an expression names."""
    return CronSim(expression, after.astimezone(zone))


def _is_fine(parts: list[str]) -> bool:
    try:
        CronSim(" ".join(parts), _SOME_DAY)
    except CronSimError:
        return False
    return True
