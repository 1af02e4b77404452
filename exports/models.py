"""Exports, their runs, and the ledger of batches."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from auditlog.registry import auditlog
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.authorship import Authored
from accounts.models import User
from config.leases import Leased, LeasedQuerySet, LeaseLost
from connections.models import Connection
from segments.models import Refresh, Scheduled, Segment

# What is due starts within two beats, unless something keeps it.
LATE = timedelta(minutes=2)


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
            last_run_id=_of_last_run("pk"),
            last_status=_of_last_run("status"),
            last_run_at=_of_last_run("queued_at"),
        )

    def last_runs(self, statuses: Collection[str]) -> models.QuerySet[Any, int]:
        """Return the ids of the last runs that have one of these statuses."""
        exports: models.QuerySet[Any] = self.with_last_run()
        return exports.filter(last_status__in=statuses).values_list("last_run_id", flat=True)


def _of_last_run(column: str) -> models.Subquery:
    runs = Run.objects.filter(export=models.OuterRef("pk")).order_by("-queued_at", "-pk")
    return models.Subquery(runs.values(column)[:1])


class Export(Scheduled, Authored):
    """Which segments go to which list, through which connection, as which fields, and when?"""

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


class RunQuerySet(LeasedQuerySet):
    """Filters of runs; everybody who is signed in may look at every run."""

    def active(self) -> RunQuerySet:
        return self.filter(status__in=Run.ACTIVE)

    def for_pages(self) -> RunQuerySet:
        """Bring along the names that pages say with a run, latest first."""
        return self.select_related(
            "export", "connection", "started_by", "cancel_requested_by"
        ).order_by("-queued_at", "-pk")


class Run(Leased):
    """What did one execution of an export do, and for how many?

    members = unchanged + accepted + rejected_before + rejected_after + not_attempted, always.
    """

    class Trigger(models.TextChoices):
        REFRESH = "refresh", _("Refresh")
        SCHEDULE = "schedule", _("Schedule")
        ON_DEMAND = "on_demand", _("On demand")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        PLANNING = "planning", _("Planning")
        SENDING = "sending", _("Sending")
        CONFIRMING = "confirming", _("Confirming")
        SUCCESSFUL = "successful", _("Successful")
        WITH_REJECTS = "with_rejects", _("Completed with rejects")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")
        SKIPPED = "skipped", _("Skipped")

    ACTIVE = (Status.QUEUED, Status.PLANNING, Status.SENDING, Status.CONFIRMING)
    FINISHED = (
        Status.SUCCESSFUL,
        Status.WITH_REJECTS,
        Status.FAILED,
        Status.CANCELED,
        Status.SKIPPED,
    )

    export = models.ForeignKey(Export, models.CASCADE, related_name="runs")
    connection = models.ForeignKey(Connection, models.SET_NULL, null=True, related_name="+")
    trigger = models.CharField(_("Trigger"), max_length=20, choices=Trigger.choices)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    refresh = models.ForeignKey(Refresh, models.SET_NULL, null=True, related_name="+")
    # The due time of the export's own schedule that it stands for: nothing runs twice for one.
    due_at = models.DateTimeField(null=True)
    status = models.CharField(
        _("Status"), max_length=20, choices=Status.choices, default=Status.QUEUED
    )
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # Why it failed, was skipped, or is waiting; see exports/problems.py.
    problem = models.JSONField(null=True)
    # Failed attempts in a row at the step it is at; waiting for a limit is not one.
    attempts = models.PositiveIntegerField(default=0)

    # What it was asked to do, frozen when it was planned: later edits don't touch a run.
    host = models.CharField(max_length=253, blank=True)
    list_id = models.PositiveBigIntegerField(null=True)
    mapping = models.JSONField(default=list)
    # [{"id", "name", "snapshot", "members", "created_at"}]
    segments = models.JSONField(default=list)
    plan = models.CharField(max_length=255, blank=True)

    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    members = models.PositiveBigIntegerField(null=True)
    unchanged = models.PositiveBigIntegerField(default=0)
    to_send = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    rejected_before = models.PositiveBigIntegerField(default=0)
    rejected_after = models.PositiveBigIntegerField(default=0)
    not_attempted = models.PositiveBigIntegerField(default=0)
    confirmed = models.PositiveBigIntegerField(default=0)
    unknown = models.PositiveBigIntegerField(default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                fields=["export"],
                condition=Q(status__in=["queued", "planning", "sending", "confirming"]),
                name="one_active_run_per_export",
            ),
            models.UniqueConstraint(fields=["export", "refresh"], name="one_run_per_refresh"),
            models.UniqueConstraint(fields=["export", "due_at"], name="one_run_per_due_time"),
        ]
        indexes = [models.Index(fields=["export", "-queued_at"], name="run_history")]

    def __str__(self) -> str:
        return f"Run {self.pk}"

    def start_planning(self, *, now: datetime, **frozen: Any) -> None:
        """Begin, with what it is asked to do from now on."""
        self._move(
            [self.Status.QUEUED],
            self.Status.PLANNING,
            started_at=now,
            problem=None,
            attempts=0,
            **frozen,
        )

    def start_sending(self, *, now: datetime, **counts: Any) -> None:
        """Begin to send what was planned."""
        self._move(
            [self.Status.PLANNING],
            self.Status.SENDING,
            planned_at=now,
            problem=None,
            attempts=0,
            **counts,
        )

    def start_confirming(self, *, now: datetime) -> None:
        """Note that every batch has been taken or refused."""
        self._move([self.Status.SENDING], self.Status.CONFIRMING, sent_at=now)

    def finish(
        self, status: str, *, now: datetime, problem: dict[str, Any] | None = None, **counts: Any
    ) -> None:
        """End in one of the finished states, and let go of the run."""
        self._move(
            self.ACTIVE,
            status,
            finished_at=now,
            problem=problem,
            wake_at=None,
            lease_token=None,
            lease_until=None,
            **counts,
        )

    def note(self, problem: dict[str, Any] | None, *, attempts: int) -> None:
        """Keep what it waits for, or why the last attempt failed, for people to read."""
        if (self.problem, self.attempts) != (problem, attempts):
            self._move([self.status], self.status, problem=problem, attempts=attempts)

    def _move(self, come_from: Collection[str], to: str, **changes: Any) -> None:
        """Change the state, and only with the lease; raises LeaseLost."""
        rows = Run.objects.filter(pk=self.pk, status__in=come_from, lease_token=self.lease_token)
        if self.lease_token is None or not rows.update(status=to, **changes):
            raise LeaseLost(f"run {self.pk} is not {' or '.join(come_from)}, or not ours")
        for name, value in {"status": to, **changes}.items():
            setattr(self, name, value)

    @property
    def is_finished(self) -> bool:
        return self.status in self.FINISHED

    @property
    def is_late(self) -> bool:
        """Whether the system was down, or the run before still under way, when it was due."""
        return self.due_at is not None and self.queued_at - self.due_at > LATE

    @property
    def rejects(self) -> int:
        return self.rejected_before + self.rejected_after

    @property
    def duration(self) -> timedelta | None:
        """Return how long it worked, without its time in the queue; None while it does."""
        if not (self.started_at and self.finished_at):
            return None
        return self.finished_at - self.started_at


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
    batch_id = models.CharField(max_length=64, blank=True)
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


auditlog.register(
    Export, m2m_fields={"segments"}, exclude_fields=["delivered", "delivered_to", "due_at"]
)
