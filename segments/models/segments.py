"""Segments, their tags, and who their members were at each refresh."""

from __future__ import annotations

from auditlog.registry import auditlog
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from segments.models.schedules import Scheduled
from segments.models.sources import ProfileTable, Source


class Tag(models.Model):
    """Under which heading do people look for a segment?"""

    name = models.CharField(_("Tag"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class Segment(Scheduled, Authored):
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
    tags = models.ManyToManyField(Tag, related_name="segments", blank=True, verbose_name=_("Tags"))
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
    """Who were the members of a segment at one refresh?

    An immutable Parquet file of row numbers, which together with the immutable profile table
    says who they were, at a fiftieth of the space.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="snapshots")
    # None, and no file either, once the members are no longer kept: the count stays as history.
    table = models.ForeignKey(ProfileTable, models.SET_NULL, null=True, related_name="snapshots")
    file = models.CharField(max_length=255, blank=True)
    members = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        indexes = [models.Index(fields=["segment", "-created_at"], name="segment_history")]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.file}"


auditlog.register(Segment, exclude_fields=["snapshot", "problem", "due_at"], m2m_fields={"tags"})
