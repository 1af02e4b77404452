"""Suppression lists: addresses that are never sent, whatever segments hold them."""

from __future__ import annotations

from auditlog.registry import auditlog
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from exports.models.exports import Export


class SuppressionList(Authored):
    """Which addresses are never sent, to a whole account (`host`) or by one export?

    The addresses are in a Parquet file, column `email`, trimmed and in lower case.
    """

    host = models.CharField(_("REST Endpoint Hostname"), max_length=253, blank=True)
    export = models.OneToOneField(
        Export,
        models.CASCADE,
        null=True,
        related_name="suppression_list",
        verbose_name=_("export"),
    )
    file = models.CharField(max_length=255, blank=True, editable=False)
    addresses = models.PositiveBigIntegerField(_("Addresses"), default=0)

    class Meta:
        verbose_name = _("suppression list")
        verbose_name_plural = _("suppression lists")
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=Q(export=None), name="one_suppression_list_per_host"
            ),
        ]

    def __str__(self) -> str:
        return self.host or str(self.export)


auditlog.register(SuppressionList, exclude_fields=["file"])
