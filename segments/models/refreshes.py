"""Refreshes, and how each source and segment fared in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.leases import Leased, LeasedQuerySet
from segments.models.segments import Segment
from segments.models.sources import Source

# A scheduled refresh starts within two beats of its due time, unless the system is down.
_LATE = timedelta(minutes=2)


class RefreshQuerySet(LeasedQuerySet):
    """Filters of refreshes."""

    def unfinished(self) -> Self:
        """Return those that are still to be worked on."""
        return self.filter(status__in=Refresh.UNFINISHED)

    def for_pages(self) -> Self:
        """Bring along the names that pages say with a refresh, latest first."""
        named = self.select_related("source", "segment", "started_by", "canceled_by")
        return named.order_by("-pk")

    def of_the_system(self) -> Self:
        """Return those of everything, which exports follow."""
        return self.filter(source=None, segment=None, trigger__in=Refresh.OF_THE_SYSTEM)


class Refresh(Leased):
    """What was refreshed, when and why? Sources first, then their segments."""

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("Schedule")
        ON_DEMAND = "on_demand", _("On demand")
        CHOSEN = "chosen", _("Chosen segments")
        UPLOAD = "upload", _("New file")
        EXPORT = "export", _("An export needs it")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        REFRESHING = "refreshing", _("Refreshing")
        SUCCESSFUL = "successful", _("Successful")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")

    UNFINISHED = (Status.QUEUED, Status.REFRESHING)
    OF_THE_SYSTEM = (Trigger.SCHEDULE, Trigger.ON_DEMAND)

    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    # One source with its segments, or one segment; without either it is the whole system.
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="refreshes")
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="refreshes")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    # The due time that a scheduled refresh stands for: nothing runs twice for one.
    due_at = models.DateTimeField(null=True)
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
        constraints = [
            models.UniqueConstraint(
                fields=["due_at"],
                condition=models.Q(source=None, segment=None),
                name="one_refresh_per_due_time",
            ),
            models.UniqueConstraint(
                fields=["source", "due_at"], name="one_source_refresh_per_due_time"
            ),
            models.UniqueConstraint(
                fields=["segment", "due_at"], name="one_segment_refresh_per_due_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Refresh {self.pk}"

    # Django's own translate every choice before they find one: a fifth of what a table takes.
    def get_status_display(self) -> str:  # type: ignore[no-redef]
        return str(self.Status(self.status).label)

    def get_trigger_display(self) -> str:  # type: ignore[no-redef]
        return str(self.Trigger(self.trigger).label)

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
        REFRESHING = "refreshing", _("Refreshing")
        SUCCESSFUL = "successful", _("Successful")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")

    UNFINISHED = (Status.QUEUED, Status.REFRESHING)

    refresh = models.ForeignKey(Refresh, models.CASCADE, related_name="tasks")
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="tasks")
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="tasks")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.QUEUED)
    problem = models.JSONField(null=True)
    # More than one means that a worker died over it.
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("refresh task")
        verbose_name_plural = _("refresh tasks")
        constraints = [
            models.UniqueConstraint(fields=["refresh", "position"], name="refresh_task_position")
        ]
        indexes = [models.Index(fields=["source", "segment", "-id"], name="refresh_task_last")]

    def __str__(self) -> str:
        return f"Refresh {self.refresh_id}, task {self.position}"

    def get_status_display(self) -> str:  # type: ignore[no-redef]
        return str(self.Status(self.status).label)

    @property
    def subject(self) -> Source | Segment | None:
        return self.segment or self.source

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None
