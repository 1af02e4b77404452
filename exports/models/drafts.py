"""Exports that somebody is setting up and has not saved."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from exports.models.exports import Export


class ExportDraftQuerySet(models.QuerySet["ExportDraft"]):
    """Filters by whose they are, and whether they still are to be saved."""

    def open_to(self, user: User) -> ExportDraftQuerySet:
        """Return what `user` began and may still save: nobody sees the drafts of others."""
        theirs = self.filter(user=user, saved_as=None)
        if user.is_administrator:
            return theirs
        editable = Export.objects.editable_by(user)
        return theirs.filter(models.Q(export=None) | models.Q(export__in=editable))

    def untouched_since(self, moment: datetime) -> ExportDraftQuerySet:
        return self.filter(updated_at__lt=moment)


class ExportDraft(models.Model):
    """What has somebody entered of an export so far, between the first field and *Save*?

    It is its user's alone, and never runs. Once a new export is saved, its draft only says as
    what: so that its address leads there, and what a browser sends late makes no second one.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The export that is edited; None: a new one, of which there may be several.
    export = models.ForeignKey(Export, models.CASCADE, null=True, related_name="drafts")
    key = models.UUIDField(default=uuid.uuid4)
    # What the form would send, see exports/entries.py; no values of profiles are among it.
    entries = models.JSONField(default=dict)
    saved_as = models.ForeignKey(Export, models.CASCADE, null=True, related_name="+")
    updated_at = models.DateTimeField()

    objects = ExportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of an export")
        verbose_name_plural = _("drafts of exports")
        constraints = [
            models.UniqueConstraint(fields=["user", "export"], name="one_draft_per_export"),
            models.UniqueConstraint(fields=["user", "key"], name="one_draft_per_key"),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"

    @property
    def name(self) -> str:
        """Return the display name that was entered, "" before there is one."""
        return next(iter(self.entries.get("name", ())), "").strip()
