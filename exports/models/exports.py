"""Exports: which segments go where, as what, and what is done for whom."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from auditlog.registry import auditlog
from django.apps import apps
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.authorship import Authored
from accounts.models import User
from connections.models import Connection
from segments.models import Scheduled, Segment


class ExportQuerySet(models.QuerySet["Export"]):
    """Filters by what people may do; everybody who is signed in may look at every export."""

    def editable_by(self, user: User) -> ExportQuerySet:
        """Return the exports that `user` may edit, run, schedule and remove.

        Contributors: those on connections shared with them, whoever made them. A detached
        export is its administrators' until it has a connection again.
        """
        if user.is_administrator:
            return self
        return self.filter(connection__in=Connection.objects.usable_by(user))

    def with_rights_of(self, user: User) -> ExportQuerySet:
        """Add `can_edit`: whether `user` may edit, run, schedule and remove the export."""
        theirs = Export.objects.editable_by(user).filter(pk=models.OuterRef("pk"))
        return self.annotate(can_edit=models.Exists(theirs))

    def with_last_run(self) -> ExportQuerySet:
        """Add `last_run_id`, `last_status` and `last_run_at`, all None when it never ran."""
        return self.annotate(
            last_run_id=of_last_run("pk"),
            last_status=of_last_run("status"),
            last_run_at=of_last_run("queued_at"),
        )

    def last_runs(self, statuses: Collection[str]) -> models.QuerySet[Any, int]:
        """Return the ids of the last runs that have one of these statuses."""
        exports: models.QuerySet[Any] = self.with_last_run()
        return exports.filter(last_status__in=statuses).values_list("last_run_id", flat=True)


def of_last_run(column: str) -> models.Subquery:
    """Return a column of the last run of the export at hand; None when it never ran."""
    # Runs know exports, not the other way round.
    runs = (
        apps.get_model("exports", "Run")
        .objects.filter(export=models.OuterRef("pk"))
        .order_by("-queued_at", "-pk")
    )
    return models.Subquery(runs.order_by("-queued_at", "-pk").values(column)[:1])


class Export(Scheduled, Authored):
    """Which segments go to which list, through which connection, as which fields, and when?"""

    class Leavers(models.TextChoices):
        KEEP = "keep", _("Keep them on the list")
        MARK = "mark", _("Mark them in a custom field")
        UNSUBSCRIBE = "unsubscribe", _("Unsubscribe them from the list")

    name = models.CharField(
        _("Display name"),
        max_length=120,
        help_text=_("What it is for, for example “Newsletter readers in France”."),
    )
    # PROTECT: a connection can only be removed when its exports are removed or detached.
    connection = models.ForeignKey(
        Connection,
        models.PROTECT,
        null=True,
        related_name="exports",
        verbose_name=_("Connection for export"),
    )
    list_id = models.PositiveBigIntegerField(
        _("ActiveCampaign List ID"),
        help_text=_("The number in the address of the list: …/app/contacts/?listid=19"),
    )
    list_name = models.CharField(_("List name"), max_length=255, blank=True, editable=False)
    segments = models.ManyToManyField(Segment, related_name="exports", verbose_name=_("Segments"))
    # [{"column": "Phone", "target": "phone"}, {"column": "born", "target": "field:7",
    #   "type": "date", "title": "Birthday"}]; see exports/mapping.py.
    mapping = models.JSONField(_("Data matching"), default=list)
    # Which column says whether a person agreed to be written to; checked when a run is planned.
    consent_column = models.CharField(_("Consent"), max_length=255, blank=True)
    leavers = models.CharField(
        _("People who leave the segments"),
        max_length=20,
        choices=Leavers.choices,
        default=Leavers.KEEP,
    )
    # Leavers.MARK: the custom field that says so, what it says of those who left, and what of
    # those who came back.
    leaver_field = models.PositiveBigIntegerField(_("Custom field"), null=True, blank=True)
    leaver_field_title = models.CharField(
        _("Name of the custom field"), max_length=255, blank=True, editable=False
    )
    left_value = models.CharField(_("Value for those who left"), max_length=255, blank=True)
    back_value = models.CharField(_("Value for those who came back"), max_length=255, blank=True)
    # Whether contacts may start ActiveCampaign's automations; never with the first delivery.
    automations = models.BooleanField(_("Let automations start"), default=False)
    # Guards, in percent: beyond them a run asks for approval. None: no such guard.
    most_shrink = models.PositiveSmallIntegerField(
        _("Ask before sending when the segments shrank by more than"),
        null=True,
        blank=True,
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    most_growth = models.PositiveIntegerField(
        _("Ask before sending when the segments grew by more than"),
        null=True,
        blank=True,
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    most_rejects = models.PositiveSmallIntegerField(
        _("Stop and ask when more contacts are rejected than"),
        null=True,
        blank=True,
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    # What the recurrence was before several schedules were switched off at once.
    kept_recurrence = models.CharField(max_length=10, blank=True, editable=False)
    # Since when it does not run by itself, because it failed so many times in a row.
    paused_at = models.DateTimeField(_("Paused"), null=True, editable=False)
    # Since when its runs fail, once somebody was told; None while all is well.
    failing_since = models.DateTimeField(null=True, editable=False)
    # What people corrected by hand of members that were rejected; a file, see pipeline/plan.py.
    corrections = models.CharField(max_length=255, blank=True, editable=False)
    # The delivered state: who is on the list as far as we were told, and what we last sent.
    delivered = models.CharField(max_length=255, blank=True, editable=False)
    # To which list of which host that state belongs; another list starts from nothing.
    delivered_to = models.CharField(max_length=300, blank=True, editable=False)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [models.UniqueConstraint(fields=["name"], name="export_name")]

    def __str__(self) -> str:
        return self.name


auditlog.register(
    Export,
    m2m_fields={"segments"},
    exclude_fields=[
        "delivered",
        "delivered_to",
        "due_at",
        "corrections",
        "failing_since",
        "kept_recurrence",
    ],
)
