"""Services of segments: saving, switching and deleting them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from segments import parquet
from segments.models import Segment
from segments.refreshes.chosen import refresh_chosen
from segments.snapshots import NotRefreshed, refresh_segment
from segments.tags import forget_unused

# What people say of a segment when they edit it.
_ENTERED = ("name", "source", "rule", "kind", "is_active")


class NameTaken(Exception):
    """Another segment has been given this name at the same time."""


def save_segment(*, segment: Segment, version: int | None, user: User, now: datetime) -> Segment:
    """Save a new segment, or version `version` of one, and evaluate it at once.

    Raises ChangedMeanwhile and NameTaken. When it can't be evaluated, its `problem` says why.
    """
    try:
        with transaction.atomic():
            if version is not None:
                segment.claim_version(version)
            # A refresh may end just now: its snapshot must not be written over.
            changed = None if version is None else [*_ENTERED, "updated_at", "updated_by"]
            segment.author(user, now).save(update_fields=changed)
    except IntegrityError as error:
        # The form has asked before: this is who came a moment later.
        if Segment.objects.filter(name=segment.name).exclude(pk=segment.pk).exists():
            raise NameTaken(segment.name) from error
        raise
    return _refresh(segment, now)


def activate_segment(*, segment: Segment, user: User, now: datetime) -> Segment:
    """Let refreshes evaluate the segment again, and evaluate it now."""
    _switch([segment], user, now, is_active=True)
    return _refresh(segment, now)


def activate_segments(*, segments: Iterable[Segment], user: User, now: datetime) -> list[Segment]:
    """Activate those that are not, and queue a refresh of these; return them."""
    inactive = [segment for segment in segments if not segment.is_active]
    if inactive:
        with transaction.atomic():
            _switch(inactive, user, now, is_active=True)
            refresh_chosen(segments=inactive, user=user, now=now)
    return inactive


def deactivate_segments(*, segments: Iterable[Segment], user: User, now: datetime) -> list[Segment]:
    """Deactivate those that are active and return them.

    They stay as they are: refreshes pass them over, exports send their last members.
    """
    active = [segment for segment in segments if segment.is_active]
    _switch(active, user, now, is_active=False)
    return active


def change_kind(
    *, segments: Iterable[Segment], kind: str, user: User, now: datetime
) -> list[Segment]:
    """Make segments dynamic or static; return those that were not yet."""
    others = [segment for segment in segments if segment.kind != kind]
    _switch(others, user, now, kind=kind)
    return others


def delete_segments(*, segments: Iterable[Segment]) -> None:
    """Delete segments; exports that used them keep their others."""
    with transaction.atomic():
        for segment in segments:
            parquet.delete_on_commit([snapshot.file for snapshot in segment.snapshots.all()])
            segment.delete()
        forget_unused()


@transaction.atomic
def _switch(segments: Sequence[Segment], user: User, now: datetime, **values: Any) -> None:
    for segment in segments:
        segment.claim_version(segment.version)
        for name, value in values.items():
            setattr(segment, name, value)
        changed = [*values, "version", "updated_at", "updated_by"]
        # A refresh may end just now: its snapshot must not be written over.
        segment.author(user, now).save(update_fields=changed)


def _refresh(segment: Segment, now: datetime) -> Segment:
    try:
        refresh_segment(segment=segment, now=now)
    except NotRefreshed:
        return segment  # the problem is on it
    return segment
