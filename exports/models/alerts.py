"""Alerts: what administrators are told by e-mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from exports.models.exports import Export
from exports.models.runs import Run
from segments.models import Refresh


class Alert(models.Model):
    """What has changed that administrators want to know, and have they been told?

    It is written in the transaction of the change itself, so that neither a dead worker nor a
    lost broker loses it, and sent when it is due: no run waits for a mail server.
    """

    class Kind(models.TextChoices):
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        NEEDS_APPROVAL = "needs_approval", _("Needs approval")
        PAUSED = "paused", _("Paused")
        RECOVERED = "recovered", _("Works again")
        REFRESH = "refresh", _("Refresh")

    kind = models.CharField(max_length=20, choices=Kind.choices)
    # All kinds but REFRESH.
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="alerts")
    export = models.ForeignKey(Export, models.CASCADE, null=True, related_name="alerts")
    problem = models.JSONField(null=True)
    # REFRESH: the last refresh, and which sources and segments fail since it and before:
    # {"source": [id, …], "segment": [id, …]}. The last of these is what is known of them.
    refresh = models.ForeignKey(Refresh, models.SET_NULL, null=True, related_name="+")
    failing = models.JSONField(default=dict)
    failed_before = models.JSONField(default=dict)

    created_at = models.DateTimeField()
    # When it is to be sent; None once that is done.
    due_at = models.DateTimeField(null=True, db_index=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")

    def __str__(self) -> str:
        return f"Alert {self.pk}, {self.kind}"
