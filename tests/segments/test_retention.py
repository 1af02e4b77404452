"""What is deleted when its time is over, and what stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from segments.models import ProfileTable, Snapshot
from segments.retention import KEEP_FOR, KEEP_NEWEST, delete_unneeded_files
from segments.snapshots import refresh_segment
from tests.factories import NOW, make_segment

pytestmark = pytest.mark.django_db
LONG_AFTER = NOW + KEEP_FOR + timedelta(days=1)


def files(folder: Path) -> set[str]:
    return {f"snapshots/{path.name}" for path in (folder / "files" / "snapshots").glob("*")}


def test_old_snapshots_go_and_the_newest_and_the_current_one_stay(
    data_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    segment = make_segment()
    oldest = segment.snapshot
    for minutes in range(1, KEEP_NEWEST + 2):
        refresh_segment(segment=segment, now=NOW + timedelta(minutes=minutes))
    assert oldest is not None
    assert oldest.file in files(data_folder)

    with django_capture_on_commit_callbacks(execute=True):
        deleted = delete_unneeded_files(now=LONG_AFTER)

    assert deleted == 2
    assert segment.snapshots.count() == KEEP_NEWEST
    assert oldest.file not in files(data_folder)
    assert set(segment.snapshots.values_list("file", flat=True)) <= files(data_folder)


def test_young_snapshots_stay_however_many() -> None:
    segment = make_segment()
    for _ in range(KEEP_NEWEST + 1):
        refresh_segment(segment=segment, now=NOW)

    assert delete_unneeded_files(now=NOW + timedelta(days=1)) == 0


def test_an_old_table_stays_while_a_snapshot_was_made_of_it() -> None:
    segment = make_segment()
    table = segment.source.table
    assert table is not None
    for _ in range(KEEP_NEWEST + 1):
        ProfileTable.objects.create(
            source=segment.source, file="tables/x", original_name="x", rows=1, created_at=NOW
        )

    delete_unneeded_files(now=LONG_AFTER)

    assert ProfileTable.objects.filter(pk=table.pk).exists()
    assert Snapshot.objects.count() == 1


def test_a_file_that_no_row_names_goes_after_a_day(data_folder: Path) -> None:
    make_segment()
    left, writing = (data_folder / "files" / "snapshots" / name for name in ("left", "writing"))
    left.write_bytes(b"x")
    writing.write_bytes(b"x")
    long_ago = (NOW - timedelta(days=365 * 20)).timestamp()
    os.utime(left, (long_ago, long_ago))

    delete_unneeded_files(now=NOW)

    assert not left.exists()
    assert writing.exists()
    writing.unlink()
