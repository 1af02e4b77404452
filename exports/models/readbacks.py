"""Read-backs: a look at the list itself for everybody a run sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.leases import Leased
from exports.models.runs import Run


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
    # How far the list is read, and the files with what was read.
    progress = models.JSONField(default=dict)
    # In contacts, as in Run.read_back.
    result = models.JSONField(default=dict)

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
