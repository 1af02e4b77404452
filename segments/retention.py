"""Deletes the profile tables and snapshots that nobody needs any more, rows and files."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from segments.models import ProfileTable, Segment, Snapshot, Source

# Runs name the snapshots that they read; this is how long after them one can still look.
KEEP_FOR = timedelta(days=30)
KEEP_NEWEST = 10
# A file without a row is being written, or was when its process died.
_UNNAMED_FOR = timedelta(days=1)
Stored = ProfileTable | Snapshot


def delete_unneeded_files(*, now: datetime) -> int:
    """Delete what is neither current, nor among the newest ten, nor younger than 30 days.

    Return how many tables and snapshots are gone.
    """
    count = 0
    for segment in Segment.objects.select_related("snapshot"):
        count += _delete_old(segment.snapshots.all(), segment.snapshot, now)
    for source in Source.objects.select_related("table"):
        count += _delete_old(source.tables.filter(snapshots=None), source.table, now)
    delete_unnamed("snapshots", Snapshot.objects.values_list("file", flat=True), now)
    delete_unnamed("tables", ProfileTable.objects.values_list("file", flat=True), now)
    return count


def _delete_old(rows: Iterable[Stored], current: Stored | None, now: datetime) -> int:
    newest_first = sorted(rows, key=lambda row: row.created_at, reverse=True)
    old = [
        row
        for row in newest_first[KEEP_NEWEST:]
        if row != current and row.created_at < now - KEEP_FOR
    ]
    for row in old:
        with transaction.atomic():
            row.delete()
            transaction.on_commit(partial(default_storage.delete, row.file))
    return len(old)


def delete_unnamed(folder: str, named: Iterable[str], now: datetime) -> None:
    """Delete the files of a folder that no row names; a young one may just be being written."""
    if not default_storage.exists(folder):
        return
    kept = set(named)
    for name in default_storage.listdir(folder)[1]:
        file = f"{folder}/{name}"
        if file not in kept and default_storage.get_modified_time(file) < now - _UNNAMED_FOR:
            default_storage.delete(file)
