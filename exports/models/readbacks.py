"""Read-backs: a look at the list itself for everybody a run sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.leases import Leased, LeasedQuerySet, LeaseLost
from exports.models.runs import Run


class ReadBackQuerySet(LeasedQuerySet):
    """Filters of read-backs."""

    def running(self) -> ReadBackQuerySet:
        return self.filter(status=ReadBack.Status.RUNNING)


class ReadBack(Leased):
    """Who of those a run sent is on the list, asked contact by contact or by walking the list?"""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(Run, models.CASCADE, related_name="read_backs")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    status = models.CharField(
        _("Status"), max_length=20, choices=Status.choices, default=Status.RUNNING
    )
    problem = models.JSONField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    # How far the list is read, and the files with what was read: see pipeline/walking.py. At the
    # end {"missing": the file with who is missing}.
    progress = models.JSONField(default=dict)
    # In contacts, as in Run.read_back.
    result = models.JSONField(default=dict)

    objects = ReadBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("read-back")
        verbose_name_plural = _("read-backs")
        constraints = [
            models.UniqueConstraint(
                fields=["run"],
                condition=models.Q(status="running"),
                name="one_active_read_back_per_run",
            ),
        ]

    def __str__(self) -> str:
        return f"Read-back {self.pk} of run {self.run_id}"

    def note(self, **changes: Any) -> None:
        """Keep how far it is, or what it waits for; raises LeaseLost."""
        rows = ReadBack.objects.running().filter(pk=self.pk, lease_token=self.lease_token)
        if self.lease_token is None or not rows.update(**changes):
            raise LeaseLost(str(self))
        for name, value in changes.items():
            setattr(self, name, value)

    def end(self, status: str, *, now: datetime, **changes: Any) -> None:
        """End, and let go of it; raises LeaseLost."""
        self.note(
            status=status,
            finished_at=now,
            wake_at=None,
            lease_token=None,
            lease_until=None,
            **changes,
        )

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING

    @property
    def missing_file(self) -> str:
        """Return the name of the file with who is missing; "" while, or when, there is none."""
        return str(self.progress.get("missing", ""))
