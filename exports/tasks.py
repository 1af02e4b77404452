"""Celery's part: it only carries nudges, and a nudge that comes twice does nothing."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

import connections.drafts
import exports.drafts
from config.leases import free_the_dead
from exports.alert_mail import send_alerts
from exports.alerts import delete_old_alerts, look_at_refreshes
from exports.erasing.advance import advance as advance_an_erasure
from exports.models import Erasure, ReadBack, Run
from exports.pipeline.advance import advance
from exports.pipeline.start import start_due_runs, start_following_runs
from exports.pipeline.whole_list import advance_read_back as advance_a_read_back
from exports.retention import delete_old_plans, snapshots_in_use
from segments.retention import delete_unneeded_files
from segments.schedules.starting import start_due

# A run whose time came longer ago than this has lost its nudge.
GRACE = timedelta(seconds=5)
# Longer waits are left to the tick, so that no worker keeps them in memory.
SOON = timedelta(seconds=20)


@shared_task(name="exports.tasks.advance_run")
def advance_run(*, run_id: int) -> None:
    """Work on a run for one slice, and ask to be called again when it is not finished."""
    wake_at = advance(run_id, now=timezone.now())
    if wake_at is not None and wake_at < timezone.now() + SOON:
        advance_run.apply_async(kwargs={"run_id": run_id}, eta=wake_at)


@shared_task(name="exports.tasks.tick")
def tick() -> None:
    """Start what refreshes and schedules ask for, and nudge the runs that nobody works on."""
    now = timezone.now()
    free_the_dead(now=now)
    # A refresh that is due at the same time comes first: the run waits for it.
    start_due(now=now)
    start_following_runs(now=now)
    start_due_runs(now=now)
    unfinished = Run.objects.filter(status__in=Run.ACTIVE)
    for run_id in unfinished.waiting(now - GRACE).values_list("pk", flat=True):
        advance_run.delay(run_id=run_id)
    for erasure_id in Erasure.objects.running().waiting(now - GRACE).values_list("pk", flat=True):
        advance_erasure.delay(erasure_id=erasure_id)
    for read_back_id in (
        ReadBack.objects.running().waiting(now - GRACE).values_list("pk", flat=True)
    ):
        advance_read_back.delay(read_back_id=read_back_id)


@shared_task(name="exports.tasks.advance_erasure")
def advance_erasure(*, erasure_id: int) -> None:
    """Work on an erasure for one slice, and ask to be called again when it goes on soon."""
    wake_at = advance_an_erasure(erasure_id, now=timezone.now())
    if wake_at is not None and wake_at < timezone.now() + SOON:
        advance_erasure.apply_async(kwargs={"erasure_id": erasure_id}, eta=wake_at)


@shared_task(name="exports.tasks.advance_read_back")
def advance_read_back(*, read_back_id: int) -> None:
    """Work on a read-back for one slice, and ask to be called again when it goes on soon."""
    wake_at = advance_a_read_back(read_back_id, now=timezone.now())
    if wake_at is not None and wake_at < timezone.now() + SOON:
        advance_read_back.apply_async(kwargs={"read_back_id": read_back_id}, eta=wake_at)


@shared_task(name="exports.tasks.alert")
def alert() -> None:
    """Tell administrators what has changed; a task of its own, since a mail server may be slow."""
    now = timezone.now()
    look_at_refreshes(now=now)
    send_alerts(now=now)


@shared_task(name="exports.tasks.tidy")
def tidy() -> None:
    """Delete, in every room, what nobody needs any more."""
    now = timezone.now()
    delete_old_plans(now=now)
    delete_unneeded_files(in_use=snapshots_in_use(), now=now)
    connections.drafts.delete_old_drafts(now)
    exports.drafts.delete_old_drafts(now=now)
    delete_old_alerts(now=now)
