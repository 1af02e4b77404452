"""The schedule of one source, segment or export."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from segments.models import Scheduled
from segments.schedules.due_times import afresh, next_due

# What a schedule consists of; "due_at" follows from it.
SCHEDULE_FIELDS = (
    "recurrence",
    "every_hours",
    "weekdays",
    "month_days",
    "times",
    "cron",
    "time_zone",
)


def save_own_schedule(*, subject: Any, version: int, user: User, now: datetime) -> None:
    """Save the schedule that `subject`, a source, segment or export, was given.

    `version` is the version that was edited. What is due is counted from now on.
    Raises ChangedMeanwhile.
    """
    with transaction.atomic():
        subject.claim_version(version)
        count_from(subject, now)
        subject.author(user, now)
        subject.save(update_fields=[*SCHEDULE_FIELDS, "due_at", "updated_at", "updated_by"])


def count_from(subject: Scheduled, now: datetime) -> None:
    """Let the next due time be the first after `now`, whatever was due before; saves nothing."""
    subject.due_at = next_due(afresh(subject), now)
