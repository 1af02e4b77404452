"""Refreshing some segments that a person chose, together."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from segments.models import Refresh, RefreshTask, Segment
from segments.refreshes.starting import nudge


def refresh_chosen(*, segments: Sequence[Segment], user: User, now: datetime) -> Refresh:
    """Queue one refresh of these segments; no export follows it."""
    with transaction.atomic():
        refresh: Refresh = Refresh.objects.create(
            trigger=Refresh.Trigger.CHOSEN, started_by=user, queued_at=now, wake_at=now
        )
        RefreshTask.objects.bulk_create(
            RefreshTask(refresh=refresh, segment=segment, position=position)
            for position, segment in enumerate(sorted(segments, key=str))
        )
        transaction.on_commit(lambda: nudge(refresh.pk), robust=True)
    return refresh
