"""Uploaded files, kept in the storage until they are read into a table, or forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from config.storages.stored import own_storage
from segments import parquet
from segments.models import Upload

FOLDER = "uploads"
# For so long somebody may look at a preview before making a source of it.
KEPT_FOR = timedelta(days=1)


def store_upload(*, file: UploadedFile[bytes], name: str, user: User, now: datetime) -> Upload:
    """Put an uploaded file into the storage; it was on disk all along, and never in memory.

    Raises StorageUnavailable.
    """
    stored = own_storage().save(f"{FOLDER}/{uuid.uuid4().hex}", file)
    # Without its row the file is found by retention after a day.
    return Upload.objects.create(
        file=stored,
        original_name=name[:255],
        size=file.size or 0,
        created_at=now,
        created_by=user,
    )


@contextmanager
def reading_upload(upload: Upload) -> Iterator[str]:
    """Give the local path of an uploaded file; raises FileNotFoundError and StorageUnavailable."""
    with parquet.reading(upload.file) as path:
        yield path


def delete_upload(upload: Upload) -> None:
    """Delete an uploaded file that nobody needs any more."""
    with transaction.atomic():
        parquet.delete_on_commit([upload.file])
        upload.delete()


def delete_abandoned_uploads(*, now: datetime) -> int:
    """Delete the uploads of more than a day ago that no source reads; return how many."""
    abandoned = Upload.objects.filter(source=None, created_at__lt=now - KEPT_FOR)
    count = 0
    for upload in abandoned:
        delete_upload(upload)
        count += 1
    return count
