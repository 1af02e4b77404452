"""Sources, segments, snapshots, and the refresh that makes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from auditlog.context import disable_auditlog
from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from config.leases import Leased, LeasedQuerySet

# A scheduled refresh starts within two beats of its due time, unless the system is down.
_LATE = timedelta(minutes=2)


class ColumnType(models.TextChoices):
    """What the values of a column mean; guessed when a file is read, and correctable."""

    TEXT = "text", _("Text")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    YES_NO = "yes_no", _("Yes/no")


class Source(Authored):
    """Where do profiles come from?"""

    class Kind(models.TextChoices):
        FILE = "file", _("Uploaded file")

    name = models.CharField(
        _("Display name"),
        max_length=120,
        help_text=_("What the file holds, for example “Customers of the shop”."),
    )
    kind = models.CharField(_("Type"), max_length=20, choices=Kind.choices, default=Kind.FILE)
    # [{"name": "Born", "type": "date", "format": "dmy"}], in the order of the current table; see
    # segments/columns.py.
    columns = models.JSONField(_("Columns"), default=list)
    key_column = models.CharField(
        _("Key"),
        max_length=255,
        blank=True,
        help_text=_("The column that tells one customer from another: never empty, never twice."),
    )
    table = models.ForeignKey(
        "ProfileTable",
        models.RESTRICT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("profile table"),
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [models.UniqueConstraint(fields=["name"], name="source_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def column_types(self) -> dict[str, str]:
        return {column["name"]: column["type"] for column in self.columns}

    @property
    def email_columns(self) -> list[str]:
        return [name for name, kind in self.column_types.items() if kind == ColumnType.EMAIL]


class ProfileTable(models.Model):
    """Which profiles did the source hold at one time? An immutable Parquet file."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="tables")
    file = models.CharField(max_length=255)
    original_name = models.CharField(max_length=255)
    rows = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("profile table")
        verbose_name_plural = _("profile tables")

    def __str__(self) -> str:
        return f"{self.source_id}: {self.file}"


class Segment(Authored):
    """Which profiles of a source are meant, and who were they when last evaluated?"""

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", _("Dynamic")
        STATIC = "static", _("Static")

    name = models.CharField(
        _("Display name"),
        max_length=120,
        help_text=_("Whom it holds, for example “Customers in France”."),
    )
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="segments", verbose_name=_("Source")
    )
    rule = models.JSONField(_("Rule"), default=dict)
    kind = models.CharField(
        _("Type"),
        max_length=10,
        choices=Kind.choices,
        default=Kind.DYNAMIC,
        help_text=_("Dynamic: every refresh evaluates it. Static: only when you say so."),
    )
    is_active = models.BooleanField(_("Active"), default=True)
    snapshot = models.ForeignKey(
        "Snapshot", models.RESTRICT, null=True, editable=False, related_name="+"
    )
    # Why the last refresh failed, see segments/problems.py; the snapshot stays the one before.
    problem = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [models.UniqueConstraint(fields=["name"], name="segment_name")]

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """Who were the members of a segment at one refresh? An immutable Parquet file."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="snapshots")
    table = models.ForeignKey(ProfileTable, models.CASCADE, related_name="snapshots")
    file = models.CharField(max_length=255)
    members = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.file}"


class RefreshScheduleManager(models.Manager["RefreshSchedule"]):
    """Finds the one row."""

    def current(self) -> RefreshSchedule:
        """Return the schedule, off until somebody sets it."""
        if schedule := self.filter(pk=1).first():
            return schedule
        with disable_auditlog():  # who looks at it first has changed nothing
            return self.get_or_create(pk=1)[0]


class RefreshSchedule(Authored):
    """When does the whole system refresh by itself? There is one row."""

    class Recurrence(models.TextChoices):
        OFF = "off", _("Off")
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")

    recurrence = models.CharField(
        _("Recurrence"), max_length=10, choices=Recurrence.choices, default=Recurrence.OFF
    )
    # ISO weekdays, 1 is Monday; used when weekly.
    weekdays = models.JSONField(_("Days"), default=list)
    # One to four local times, "HH:MM".
    times = models.JSONField(_("Time"), default=list)
    time_zone = models.CharField(_("Time zone"), max_length=64, default="UTC")
    due_at = models.DateTimeField(null=True, editable=False)

    objects = RefreshScheduleManager()

    class Meta:
        verbose_name = _("schedule")

    def __str__(self) -> str:
        return f"{self.recurrence} {self.times} {self.time_zone}"


class RefreshQuerySet(LeasedQuerySet):
    """Filters of refreshes."""

    def unfinished(self) -> Self:
        """Return those that are still to be worked on."""
        return self.filter(status__in=Refresh.UNFINISHED)


class Refresh(Leased):
    """What was refreshed, when and why? Sources first, then their segments."""

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("Schedule")
        ON_DEMAND = "on_demand", _("On demand")
        UPLOAD = "upload", _("New file")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        REFRESHING = "refreshing", _("Refreshing")
        SUCCESSFUL = "successful", _("Successful")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    UNFINISHED = (Status.QUEUED, Status.REFRESHING)

    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    # A new file refreshes the segments of its source; without a source it is the whole system.
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="refreshes")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    # The due time that a scheduled refresh stands for: nothing runs twice for one.
    due_at = models.DateTimeField(null=True, unique=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    canceled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = RefreshQuerySet.as_manager()

    class Meta:
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")

    def __str__(self) -> str:
        return f"Refresh {self.pk}"

    def begin(self, now: datetime) -> None:
        """Note that the work has begun, the first time it does; needs the lease."""
        if self.status == self.Status.QUEUED:
            self._move(self.Status.REFRESHING, now, started_at=now)

    def finish(self, now: datetime) -> None:
        """Note how it ended: failed when any task did; needs the lease."""
        failed = self.tasks.filter(status=RefreshTask.Status.FAILED).exists()
        status = self.Status.FAILED if failed else self.Status.SUCCESSFUL
        self._move(status, now, finished_at=now)

    def cancel(self, user: Any, now: datetime) -> bool:
        """Stop what is not finished, taking the lease from whoever works on it."""
        rows = type(self).objects.filter(pk=self.pk, status__in=self.UNFINISHED)
        return bool(
            rows.update(
                status=self.Status.CANCELED,
                canceled_by=user,
                finished_at=now,
                wake_at=None,
                lease_token=None,
                lease_until=None,
            )
        )

    def _move(self, status: str, now: datetime, **times: datetime) -> None:
        self.renew_lease(now)
        self.status = status
        for name, value in times.items():
            setattr(self, name, value)
        self.save(update_fields=["status", *times])

    @property
    def is_finished(self) -> bool:
        return self.status not in self.UNFINISHED

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None

    @property
    def is_late(self) -> bool:
        """Whether the system was down when it was due."""
        return self.due_at is not None and self.queued_at - self.due_at > _LATE


class RefreshTask(models.Model):
    """How did one source or segment fare in a refresh?"""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SUCCESSFUL = "successful", _("Successful")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")

    refresh = models.ForeignKey(Refresh, models.CASCADE, related_name="tasks")
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="+")
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="+")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    problem = models.JSONField(null=True)
    # More than one means that a worker died over it.
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refresh", "position"], name="refresh_task_position")
        ]

    def __str__(self) -> str:
        return f"Refresh {self.refresh_id}, task {self.position}"

    @property
    def subject(self) -> Source | Segment | None:
        return self.segment or self.source

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None


auditlog.register(Source)
auditlog.register(Segment, exclude_fields=["snapshot", "problem"])
auditlog.register(RefreshSchedule, exclude_fields=["due_at"])
