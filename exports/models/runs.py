"""Runs: what one execution of an export was asked to do, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.leases import Leased, LeasedQuerySet, LeaseLost
from connections.models import Connection
from exports.models.exports import Export
from exports.state_words import skipped_words
from segments.models import Refresh

# What is due starts within two beats, unless something keeps it.
LATE = timedelta(minutes=2)


class RunQuerySet(LeasedQuerySet):
    """Filters of runs; everybody who is signed in may look at every run."""

    def active(self) -> RunQuerySet:
        return self.filter(status__in=Run.ACTIVE)

    def waiting(self, now: datetime) -> Self:
        """Return the runs whose time has come and that nobody works on, but none at rest."""
        at_rest = {"status": Run.Status.NEEDS_APPROVAL, "cancel_requested_by": None}
        return super().waiting(now).exclude(**at_rest, problem__isnull=True)

    def for_pages(self) -> RunQuerySet:
        """Bring along the names that pages say with a run, latest first."""
        return self.select_related(
            "export", "connection", "started_by", "cancel_requested_by"
        ).order_by("-queued_at", "-pk")


class Run(Leased):
    """What did one execution of an export do, and for how many?

    members + leavers = unchanged + held_back + accepted + rejected_before + rejected_after +
    not_attempted, always.
    """

    class Trigger(models.TextChoices):
        REFRESH = "refresh", _("Refresh")
        SCHEDULE = "schedule", _("Schedule")
        ON_DEMAND = "on_demand", _("On demand")

    class Scope(models.TextChoices):
        CHANGES = "changes", _("What changed")
        FULL = "full", _("Full re-delivery")
        REJECTS = "rejects", _("The rejects of a run")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        PLANNING = "planning", _("Planning")
        NEEDS_APPROVAL = "needs_approval", _("Needs approval")
        SENDING = "sending", _("Sending")
        CONFIRMING = "confirming", _("Confirming")
        SUCCESSFUL = "successful", _("Successful")
        WITH_REJECTS = "with_rejects", _("Completed with rejects")
        FAILED = "failed", _("Failed")
        CANCELED = "canceled", _("Canceled")
        SKIPPED = "skipped", _("Skipped")

    ACTIVE = (
        Status.QUEUED,
        Status.PLANNING,
        Status.NEEDS_APPROVAL,
        Status.SENDING,
        Status.CONFIRMING,
    )
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
    scope = models.CharField(
        _("What it delivers"), max_length=20, choices=Scope.choices, default=Scope.CHANGES
    )
    # Scope.REJECTS: the run whose rejects are delivered.
    rejects_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
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
    # It ended, but what it delivered could not be recorded; the next run does that first.
    unsettled = models.BooleanField(default=False)

    # What it was asked to do, frozen when it was planned: later edits don't touch a run.
    host = models.CharField(max_length=253, blank=True)
    list_id = models.PositiveBigIntegerField(null=True)
    mapping = models.JSONField(default=list)
    # What is done for whom besides, see exports/options.py.
    options = models.JSONField(default=dict)
    # [{"id", "name", "snapshot", "members", "created_at"}], and once planned "key_column"
    segments = models.JSONField(default=list)
    plan = models.CharField(max_length=255, blank=True)
    # Who on the list unsubscribed or bounced, and how far they are read; see pipeline/unreachable.
    unreachable = models.JSONField(default=dict)
    # The guards that keep it from sending, as problems, until somebody decides.
    guards = models.JSONField(default=list)

    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    members = models.PositiveBigIntegerField(null=True)
    # People who left the segments since the last run, and those of them that are to be sent.
    left = models.PositiveBigIntegerField(default=0)
    leavers = models.PositiveBigIntegerField(default=0)
    # Members that are not sent for their own sake: unsubscribed, bounced, no consent, suppressed.
    held_back = models.PositiveBigIntegerField(default=0)
    # How many are to be sent for which reason: {"new": 12, "changed": 3, …}.
    reasons = models.JSONField(default=dict)
    # How many are held back for which reason: {"unsubscribed": 3, …}.
    held_reasons = models.JSONField(default=dict)
    # How many are rejected before sending for which reason: {"invalid_address": 3, …}.
    reject_reasons = models.JSONField(default=dict)
    unchanged = models.PositiveBigIntegerField(default=0)
    to_send = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    rejected_before = models.PositiveBigIntegerField(default=0)
    rejected_after = models.PositiveBigIntegerField(default=0)
    not_attempted = models.PositiveBigIntegerField(default=0)
    confirmed = models.PositiveBigIntegerField(default=0)
    unknown = models.PositiveBigIntegerField(default=0)
    # How many people of its plan were forgotten since: the other figures stay as they were.
    forgotten = models.PositiveBigIntegerField(default=0)
    # What a read-back of a sample found, in contacts: {"asked", "on_list", "unsubscribed",
    # "bounced", "missing"}, and "due": the positions of those missing; of all: see ReadBack.
    read_back = models.JSONField(default=dict)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                fields=["export"],
                condition=Q(
                    status__in=["queued", "planning", "needs_approval", "sending", "confirming"]
                ),
                name="one_active_run_per_export",
            ),
            models.UniqueConstraint(fields=["export", "refresh"], name="one_run_per_refresh"),
            models.UniqueConstraint(fields=["export", "due_at"], name="one_run_per_due_time"),
        ]
        indexes = [
            models.Index(fields=["export", "-queued_at"], name="run_history"),
            models.Index(fields=["queued_at", "id"], name="run_order"),
            # With what days are counted from, so that counting reads the index only.
            models.Index(fields=["finished_at", "status", "accepted"], name="run_end"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

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

    def ask_approval(self, guards: Sequence[dict[str, Any]], **counts: Any) -> None:
        """Let go of the run until somebody has decided about what its guards say."""
        self._move(
            [self.Status.PLANNING, self.Status.SENDING],
            self.Status.NEEDS_APPROVAL,
            guards=list(guards),
            problem=None,
            attempts=0,
            lease_token=None,
            lease_until=None,
            **counts,
        )

    def approve(self, *, now: datetime) -> bool:
        """Let it send on somebody's word; return False when it does not wait for that any more,
        or for another word by now.

        A person decides, so it takes no lease: nobody works on a run that is at rest.
        """
        rows = Run.objects.filter(
            pk=self.pk,
            status=self.Status.NEEDS_APPROVAL,
            cancel_requested_by=None,
            problem__isnull=True,
            guards=self.guards,
        )
        changes = {"status": self.Status.SENDING, "guards": [], "wake_at": now}
        if not rows.update(**changes, lease_token=None, lease_until=None):
            return False
        self.refresh_from_db()
        return True

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
    def is_waiting_for_approval(self) -> bool:
        """Whether it waits for somebody's word, and was neither canceled nor replaced meanwhile."""
        is_over = self.cancel_requested_by_id is not None or self.problem is not None
        return self.status == self.Status.NEEDS_APPROVAL and not is_over

    @property
    def is_at_rest(self) -> bool:
        """Whether workers have nothing to do for it: it has ended, or waits for somebody's word."""
        return self.is_finished or self.is_waiting_for_approval

    # Django's own translate every choice before they find one: a fifth of what a table takes.
    def get_status_display(self) -> str:  # type: ignore[no-redef]
        return str(self.Status(self.status).label)

    def get_trigger_display(self) -> str:  # type: ignore[no-redef]
        return str(self.Trigger(self.trigger).label)

    @property
    def state(self) -> str:
        """Its status as people are told it: why it sent nothing, instead of Skipped."""
        usual = self.get_status_display()
        if self.status == self.Status.SKIPPED:
            return skipped_words(self.problem, usual)
        return usual

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
