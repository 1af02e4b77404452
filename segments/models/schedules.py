"""When something happens by itself: of the whole system, or of one source, segment or export."""

from __future__ import annotations

from auditlog.context import disable_auditlog
from auditlog.registry import auditlog
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored


class Scheduled(models.Model):
    """When does this happen by itself?"""

    class Recurrence(models.TextChoices):
        REFRESH = "refresh", _("With each scheduled refresh")
        HOURLY = "hourly", _("Every N hours")
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")
        MONTHLY = "monthly", _("Monthly")
        CRON = "cron", _("Cron expression")
        OFF = "off", _("Off")

    recurrence = models.CharField(
        _("Recurrence"), max_length=10, choices=Recurrence.choices, default=Recurrence.REFRESH
    )
    every_hours = models.PositiveSmallIntegerField(_("Hours"), default=6)
    # ISO weekdays, 1 is Monday; used when weekly.
    weekdays = models.JSONField(_("Days"), default=list)
    # 1 to 31; a day that the month lacks is its last one. Used when monthly.
    month_days = models.JSONField(_("Days of the month"), default=list)
    # Local times, "HH:MM": up to four for the system, one for anything else.
    times = models.JSONField(_("Time"), default=list)
    cron = models.CharField(_("Cron expression"), max_length=100, blank=True)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="UTC")
    # The next due time; None when nothing is due by itself.
    due_at = models.DateTimeField(null=True, editable=False, db_index=True)

    class Meta:
        abstract = True


class RefreshScheduleManager(models.Manager["RefreshSchedule"]):
    """Finds the one row."""

    def current(self) -> RefreshSchedule:
        """Return the schedule, off until somebody sets it."""
        if schedule := self.filter(pk=1).first():
            return schedule
        with disable_auditlog():  # who looks at it first has changed nothing
            return self.get_or_create(pk=1, defaults={"recurrence": Scheduled.Recurrence.OFF})[0]


class RefreshSchedule(Scheduled, Authored):
    """When does the whole system refresh by itself? There is one row: off, daily or weekly."""

    objects = RefreshScheduleManager()

    class Meta:
        verbose_name = _("schedule")

    def __str__(self) -> str:
        return f"{self.recurrence} {self.times} {self.time_zone}"


auditlog.register(RefreshSchedule, exclude_fields=["due_at"])
