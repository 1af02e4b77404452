"""Services of segments: saving, switching and deleting them."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from segments import parquet
from segments.models import Segment
from segments.snapshots import NotRefreshed, refresh_segment


def save_segment(*, segment: Segment, version: int | None, user: User, now: datetime) -> Segment:
    """Save a new segment, or version `version` of one, and evaluate it at once.

    Raises ChangedMeanwhile. When it can't be evaluated, its `problem` says why.
    """
    with transaction.atomic():
        if version is not None:
            segment.claim_version(version)
        segment.author(user, now).save()
    return _refresh(segment, now)


def activate_segment(*, segment: Segment, user: User, now: datetime) -> Segment:
    """Let refreshes evaluate the segment again, and evaluate it now."""
    _switch(segment, is_active=True, user=user, now=now)
    return _refresh(segment, now)


def deactivate_segment(*, segment: Segment, user: User, now: datetime) -> Segment:
    """Leave the segment as it is: refreshes pass it over, exports send its last members."""
    _switch(segment, is_active=False, user=user, now=now)
    return segment


def delete_segment(*, segment: Segment) -> None:
    """Delete the segment; exports that used it keep their others."""
    with transaction.atomic():
        parquet.delete_on_commit([snapshot.file for snapshot in segment.snapshots.all()])
        segment.delete()


@transaction.atomic
def _switch(segment: Segment, *, is_active: bool, user: User, now: datetime) -> None:
    segment.claim_version(segment.version)
    segment.is_active = is_active
    segment.author(user, now).save()


def _refresh(segment: Segment, now: datetime) -> Segment:
    try:
        refresh_segment(segment=segment, now=now)
    except NotRefreshed:
        return segment  # the problem is on it
    return segment
