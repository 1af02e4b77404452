"""Deletes what nobody needs any more: members of old snapshots, old profile tables, files.

A row first says that its file is gone, then the file goes: a crash in between leaves a file that
no row names, and such files go after a day. Rows stay as history of how many there were.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from config.storages.stored import own_storage
from segments import parquet, uploads
from segments.models import ProfileTable, Segment, Snapshot, Source, Upload

# What was written but not yet named, or replaced but still being read, is younger than this.
_A_DAY = timedelta(days=1)


def delete_unneeded_files(*, in_use: Collection[int] = (), now: datetime) -> int:
    """Delete the files of snapshots and tables that are kept no longer, and rows past history.

    `in_use` are the ids of snapshots that something unfinished reads. Return how many snapshots
    and tables have lost their files. Raises StorageUnavailable.
    """
    snapshots = list(_old_snapshots(now).exclude(pk__in=in_use))
    for snapshot in snapshots:
        _drop_file(snapshot, snapshot.file, table=None)
    tables = list(_old_tables(now))  # with those that the snapshots have just let go
    for table in tables:
        _drop_file(table, table.file)
    _delete_history(now)
    uploads.delete_abandoned_uploads(now=now)
    _delete_unnamed_files(now)
    return len(snapshots) + len(tables)


def delete_unnamed(folder: str, named: Iterable[str], now: datetime) -> None:
    """Delete the files of a folder that no row names; a young one may just be being written."""
    kept = set(named)
    for file in own_storage().walk(folder):
        if file.name not in kept and file.modified_at < now - _A_DAY:
            own_storage().delete(file.name)


def _old_snapshots(now: datetime) -> QuerySet[Snapshot]:
    """Return those with a file that are neither current, nor among the newest, nor young."""
    place = Window(
        RowNumber(), partition_by="segment", order_by=[F("created_at").desc(), F("pk").desc()]
    )
    ranked = Snapshot.objects.annotate(place=place).filter(place__gt=settings.KEEP_SNAPSHOTS)
    current = Segment.objects.exclude(snapshot=None).values("snapshot")
    return (
        Snapshot.objects.filter(
            pk__in=ranked.values("pk"),
            created_at__lt=now - timedelta(days=settings.KEEP_SNAPSHOTS_DAYS),
        )
        .exclude(file="")
        .exclude(pk__in=current)
    )


def _old_tables(now: datetime) -> QuerySet[ProfileTable]:
    """Return those with a file that were replaced a day ago, and no kept snapshot is made of."""
    later = ProfileTable.objects.filter(
        source=OuterRef("source"),
        created_at__gt=OuterRef("created_at"),
        created_at__lt=now - _A_DAY,
    )
    current = Source.objects.exclude(table=None).values("table")
    replaced = ProfileTable.objects.filter(Exists(later), snapshots=None)
    return replaced.exclude(file="").exclude(pk__in=current)


def _drop_file(row: Model, file: str, **emptied: None) -> None:
    with transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(file="", **emptied)
        parquet.delete_on_commit([file])


def _delete_history(now: datetime) -> None:
    past = {"file": "", "created_at__lt": now - timedelta(days=settings.KEEP_HISTORY_DAYS)}
    Snapshot.objects.filter(**past).delete()
    ProfileTable.objects.filter(**past).delete()


def _delete_unnamed_files(now: datetime) -> None:
    for folder, rows in (
        ("snapshots", Snapshot.objects.exclude(file="")),
        ("tables", ProfileTable.objects.exclude(file="")),
        (uploads.FOLDER, Upload.objects.all()),
    ):
        delete_unnamed(folder, rows.values_list("file", flat=True), now)
    delete_unnamed("health", (), now)  # probes whose process died
    parquet.delete_leftovers(before=now - _A_DAY)
