"""Batches: the ledger of a run's requests."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from connections.activecampaign.answers import LONGEST_BATCH_ID
from exports.models.runs import Run


class Batch(models.Model):
    """What became of up to 250 consecutive contacts of a plan? One request, one ledger row."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        SENDING = "sending", _("Sending")
        ACCEPTED = "accepted", pgettext_lazy("batch", "Accepted")
        CONFIRMED = "confirmed", pgettext_lazy("batch", "Confirmed")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", pgettext_lazy("batch", "Unknown")

    run = models.ForeignKey(Run, models.CASCADE, related_name="batches")
    # The contacts at positions first, …, first + size - 1 of the plan.
    first = models.PositiveBigIntegerField()
    size = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    # Those of them that ActiveCampaign did not take: {"position": [code, its words]}.
    rejects = models.JSONField(default=dict)
    rejected = models.PositiveIntegerField(default=0)
    # The rejects were named by number: believed once the rest of the batch is accepted.
    named = models.BooleanField(default=False)
    batch_id = models.CharField(max_length=LONGEST_BATCH_ID, blank=True)
    requests = models.PositiveIntegerField(default=0)
    # ActiveCampaign said that the import failed; it was sent once more.
    sent_again = models.BooleanField(default=False)
    polls = models.PositiveIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True)
    poll_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="batch_range")]
        indexes = [models.Index(fields=["run", "status", "poll_at"], name="batch_due")]

    def __str__(self) -> str:
        return f"Run {self.run_id}, from {self.first}"

    @property
    def from_to(self) -> tuple[int, int]:
        """Its first and last contact as people count them, from 1."""
        return self.first + 1, self.first + self.size

    @property
    def positions(self) -> list[int]:
        """The positions that are to be sent: all but those refused."""
        refused = {int(position) for position in self.rejects}
        return [p for p in range(self.first, self.first + self.size) if p not in refused]

    def reject(self, rejects: dict[int, tuple[str, str]]) -> None:
        """Set contacts aside: position to code and ActiveCampaign's words."""
        self.rejects |= {str(position): list(reason) for position, reason in rejects.items()}
        self.rejected = len(self.rejects)
