"""Approvals: who let a run send although its guards had stopped it."""

from __future__ import annotations

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from exports.models.runs import Run


class Approval(models.Model):
    """Who overrode which guards of a run, and when?"""

    run = models.ForeignKey(Run, models.CASCADE, related_name="approvals", verbose_name=_("run"))
    # As problems, see exports/problems.py.
    guards = models.JSONField(_("Guards"), default=list)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    approved_at = models.DateTimeField(_("Approved"))

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return str(self.run)


auditlog.register(Approval)
