"""Erasures: people who asked to be forgotten."""

from __future__ import annotations

from typing import Self

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config.fields import EncryptedTextField
from config.leases import Leased, LeasedQuerySet


class ErasureQuerySet(LeasedQuerySet):
    """Filters of erasures; administrators may look at all of them."""

    def running(self) -> Self:
        return self.filter(status=Erasure.Status.RUNNING)


class Erasure(Leased):
    """Whom are we to forget, on whose word, and what has been erased?

    The address is encrypted, and goes with the end of the work: what stays says how many rows of
    what were erased, by whom, and when.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", pgettext_lazy("erasure", "Finished")
        FAILED = "failed", _("Failed")

    email = EncryptedTextField(_("E-mail address"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("Requested by"),
    )
    requested_at = models.DateTimeField(_("Requested"))
    finished_at = models.DateTimeField(pgettext_lazy("erasure", "Finished"), null=True)
    status = models.CharField(
        _("Status"), max_length=20, choices=Status.choices, default=Status.RUNNING
    )
    problem = models.JSONField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    # Whether the contact is deleted in the accounts, too, and whether it stays suppressed.
    delete_contact = models.BooleanField(_("Delete the contact in ActiveCampaign"), default=False)
    keep_suppressed = models.BooleanField(_("Never send this address again"), default=False)
    # How many rows were erased: {"tables": 2, "uploads": 1, "plans": 4, "states": 1, …}.
    erased = models.JSONField(_("Erased"), default=dict)
    # What is left to do, see exports/erasing/progress.py; it names no person.
    progress = models.JSONField(default=dict)
    # Where the person may still be, for people to see to: {"sources": [3], "segments": [7], …}.
    remains = models.JSONField(default=dict)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self) -> str:
        return f"#{self.pk}"


auditlog.register(
    Erasure,
    exclude_fields=[
        *("email", "wake_at", "lease_token", "lease_until", "attempts"),
        *("progress", "problem", "remains"),
    ],
)
