"""What is deleted when its time is over, and what stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from segments.models import ProfileTable, Segment, Snapshot, Source, Upload
from segments.retention import delete_unneeded_files
from segments.services import delete_segments
from segments.snapshots import refresh_segment
from segments.sources.saving import remove_source
from tests.factories import NOW, make_segment, make_source

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _keep_little(settings: Settings) -> None:
    settings.KEEP_SNAPSHOTS = 2
    settings.KEEP_SNAPSHOTS_DAYS = 3
    settings.KEEP_HISTORY_DAYS = 30


Tidy = Callable[..., int]


@pytest.fixture
def tidy(django_capture_on_commit_callbacks: Any) -> Tidy:
    """Return a function that deletes what is not needed at a time, files included."""

    def run(now: datetime, **in_use: Any) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return delete_unneeded_files(now=now, **in_use)

    return run


def refresh(segment: Segment, *, at: datetime) -> Snapshot:
    return refresh_segment(segment=segment, now=at)


def make_table(source: Source, *, at: datetime) -> ProfileTable:
    """Return a new table of a source, which is its current one from now on."""
    file = default_storage.save("tables/x", ContentFile(b"x"))
    table = ProfileTable.objects.create(
        source=source, file=file, original_name="x", rows=1, created_at=at
    )
    Source.objects.filter(pk=source.pk).update(table=table)
    return table


def age(path: Path, now: datetime) -> None:
    long_ago = (now - timedelta(days=400)).timestamp()
    os.utime(path, (long_ago, long_ago))


def test_members_of_old_snapshots_go_and_their_count_stays(tidy: Tidy) -> None:
    segment = make_segment()
    oldest = segment.snapshot
    assert oldest is not None
    newer = [refresh(segment, at=NOW + hours * timedelta(hours=1)) for hours in (1, 2)]

    assert tidy(NOW + 4 * DAY) == 1

    gone = Snapshot.objects.get(pk=oldest.pk)
    assert (gone.members, gone.file, gone.table) == (2, "", None)
    assert not default_storage.exists(oldest.file)
    assert all(default_storage.exists(snapshot.file) for snapshot in newer)


def test_young_snapshots_stay_however_many(tidy: Tidy) -> None:
    segment = make_segment()
    for _ in range(4):
        refresh(segment, at=NOW)

    assert tidy(NOW + 2 * DAY) == 0


def test_the_current_snapshot_stays_however_old(tidy: Tidy) -> None:
    segment = make_segment()
    current = segment.snapshot
    assert current is not None
    for days in (1, 2, 3):  # made, and never what the segment's own has become
        refresh(segment, at=NOW + days * DAY)
    Segment.objects.filter(pk=segment.pk).update(snapshot=current)

    tidy(NOW + 300 * DAY)

    assert Snapshot.objects.get(pk=current.pk).file == current.file
    assert default_storage.exists(current.file)


def test_a_snapshot_that_a_run_reads_stays(tidy: Tidy) -> None:
    segment = make_segment()
    oldest = segment.snapshot
    assert oldest is not None
    for days in (1, 2):
        refresh(segment, at=NOW + days * DAY)

    assert tidy(NOW + 30 * DAY, in_use={oldest.pk}) == 0
    assert default_storage.exists(oldest.file)

    assert tidy(NOW + 30 * DAY) == 1


def test_each_segment_keeps_its_own_newest(tidy: Tidy) -> None:
    often, seldom = make_segment(), make_segment()
    for days in range(1, 5):
        refresh(often, at=NOW + days * DAY)
    refresh(seldom, at=NOW + DAY)

    tidy(NOW + 10 * DAY)

    assert often.snapshots.exclude(file="").count() == 2
    assert seldom.snapshots.exclude(file="").count() == 2


def test_counts_are_forgotten_after_their_time(tidy: Tidy) -> None:
    segment = make_segment()
    for days in (1, 2):
        refresh(segment, at=NOW + days * DAY)
    tidy(NOW + 29 * DAY)
    assert segment.snapshots.count() == 3

    tidy(NOW + 31 * DAY)

    assert segment.snapshots.count() == 2
    assert not segment.snapshots.filter(file="").exists()


def test_a_table_that_was_replaced_goes_with_the_last_snapshot_made_of_it(tidy: Tidy) -> None:
    segment = make_segment()
    table = segment.source.table
    assert table is not None
    make_table(segment.source, at=NOW + DAY)

    tidy(NOW + 20 * DAY)
    assert default_storage.exists(table.file)

    Snapshot.objects.filter(segment=segment).update(table=None)
    tidy(NOW + 20 * DAY)

    assert not default_storage.exists(table.file)
    assert ProfileTable.objects.get(pk=table.pk).file == ""
    assert ProfileTable.objects.get(pk=table.pk).rows == 2


def test_a_table_goes_in_the_same_hour_as_its_snapshots(tidy: Tidy) -> None:
    segment = make_segment()
    table = segment.source.table
    assert table is not None
    segment.source.table = make_table(segment.source, at=NOW + DAY)
    for days in (2, 3):
        copy = Snapshot(segment=segment, table=segment.source.table, members=1)
        copy.file, copy.created_at = f"snapshots/{days}", NOW + days * DAY
        copy.save()
        Segment.objects.filter(pk=segment.pk).update(snapshot=copy)

    assert tidy(NOW + 20 * DAY) == 2

    assert not default_storage.exists(table.file)


def test_a_table_that_was_replaced_just_now_may_still_be_being_read(tidy: Tidy) -> None:
    source = make_source()
    table = source.table
    assert table is not None
    make_table(source, at=NOW + 100 * DAY)

    tidy(NOW + 100 * DAY + timedelta(hours=23))
    assert default_storage.exists(table.file)

    tidy(NOW + 101 * DAY + timedelta(hours=1))
    assert not default_storage.exists(table.file)


def test_the_current_table_stays_however_old(tidy: Tidy) -> None:
    source = make_source()
    assert source.table is not None

    tidy(NOW + 1000 * DAY)

    assert default_storage.exists(source.table.file)


def test_tables_without_a_file_are_forgotten_after_their_time(tidy: Tidy) -> None:
    source = make_source()
    first = source.table
    assert first is not None
    make_table(source, at=NOW + DAY)
    tidy(NOW + 29 * DAY)
    assert source.tables.count() == 2

    tidy(NOW + 31 * DAY)

    assert not ProfileTable.objects.filter(pk=first.pk).exists()


def test_what_a_crash_left_between_row_and_file_goes_after_a_day(tidy: Tidy) -> None:
    segment = make_segment()
    oldest = segment.snapshot
    assert oldest is not None
    for days in (1, 2):
        refresh(segment, at=NOW + days * DAY)
    # The rows are committed, and the process dies before it deletes their files.
    delete_unneeded_files(now=NOW + 20 * DAY)
    assert default_storage.exists(oldest.file)
    age(Path(default_storage.path(oldest.file)), NOW)

    tidy(NOW + 21 * DAY)

    assert not default_storage.exists(oldest.file)


@pytest.mark.parametrize("folder", ["snapshots", "tables", "uploads", "health"])
def test_a_file_that_no_row_names_goes_after_a_day(
    folder: str, data_folder: Path, tidy: Tidy
) -> None:
    left = data_folder / "files" / folder / "left"
    left.parent.mkdir(parents=True, exist_ok=True)
    writing = left.with_name("writing")
    for path in (left, writing):
        path.write_bytes(b"x")
    age(left, NOW)

    tidy(NOW)

    assert not left.exists()
    assert writing.exists()
    writing.unlink()


def test_what_a_dead_process_left_at_its_work_goes_after_a_day(
    data_folder: Path, tidy: Tidy
) -> None:
    work = data_folder / "work"
    (work / "copies").mkdir(parents=True, exist_ok=True)
    left, writing = work / "left.csv", work / "writing.csv"
    for path in (left, writing):
        path.write_bytes(b"x")
    age(left, NOW)
    age(work / "copies", NOW)

    tidy(NOW)

    assert not left.exists()
    assert writing.exists()
    assert (work / "copies").exists()
    writing.unlink()


def make_upload(*, at: datetime) -> Upload:
    file = default_storage.save("uploads/x", ContentFile(b"x"))
    return Upload.objects.create(file=file, original_name="x", size=1, created_at=at)


def test_an_upload_that_no_source_was_made_of_goes_after_a_day(tidy: Tidy) -> None:
    forgotten, young, used = make_upload(at=NOW), make_upload(at=NOW + DAY), make_upload(at=NOW)
    make_source(upload=used)

    tidy(NOW + DAY + timedelta(hours=1))

    assert set(Upload.objects.all()) == {young, used}
    assert not default_storage.exists(forgotten.file)
    assert default_storage.exists(young.file)
    assert default_storage.exists(used.file)


def test_a_segment_with_history_can_be_deleted(tidy: Tidy) -> None:
    segment = make_segment()
    for days in (1, 2):
        refresh(segment, at=NOW + days * DAY)
    tidy(NOW + 10 * DAY)

    delete_segments(segments=[segment])

    assert not Snapshot.objects.exists()


def test_a_source_goes_with_the_file_that_waits_to_be_read(
    django_capture_on_commit_callbacks: Any,
) -> None:
    upload = make_upload(at=NOW)
    source = make_source(upload=upload)

    with django_capture_on_commit_callbacks(execute=True):
        remove_source(source=source)

    assert not Upload.objects.exists()
    assert not default_storage.exists(upload.file)


def test_a_source_with_history_can_be_removed(
    tidy: Tidy, django_capture_on_commit_callbacks: Any
) -> None:
    source = make_source()
    current = make_table(source, at=NOW + DAY)
    tidy(NOW + 10 * DAY)
    source.refresh_from_db()

    with django_capture_on_commit_callbacks(execute=True):
        remove_source(source=source)

    assert not default_storage.exists(current.file)
