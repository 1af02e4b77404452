"""Services of the refresh schedule: saving it, and starting what is due."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from segments.models import Refresh, RefreshSchedule
from segments.refreshes.starting import start_refresh
from segments.schedules.due_times import next_due


def save_schedule(
    *, schedule: RefreshSchedule, version: int, user: User, now: datetime
) -> RefreshSchedule:
    """Save version `version` of the schedule; what is due is counted from now on.

    Raises ChangedMeanwhile.
    """
    with transaction.atomic():
        schedule.claim_version(version)
        schedule.due_at = next_due(schedule, now)
        schedule.author(user, now).save()
    return schedule


def start_due_refresh(*, now: datetime) -> Refresh | None:
    """Start the refresh whose due time has come; None when there is none.

    Due times that passed while the system was down are made up for by one refresh.
    """
    with transaction.atomic():
        rows = RefreshSchedule.objects.select_for_update()
        schedule = rows.filter(due_at__lte=now).first()
        if schedule is None or schedule.due_at is None:
            return None
        due_at, schedule.due_at = schedule.due_at, next_due(schedule, now)
        schedule.save(update_fields=["due_at"])
        return start_refresh(trigger=Refresh.Trigger.SCHEDULE, due_at=due_at, now=now)
