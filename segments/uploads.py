"""Uploaded files that wait to be read: stored as they came, until they are a table."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from accounts.models import User
from segments import parquet
from segments.models import Upload
from segments.problems import BadFile

FOLDER = "uploads"
# How long somebody may think about a file that belongs to no source yet.
KEPT_FOR = timedelta(days=1)


def store_upload(*, path: str, original_name: str, user: User | None, now: datetime) -> Upload:
    """Move the file at `path` into the storage and return the upload that stands for it."""
    name = f"{FOLDER}/{uuid.uuid4().hex}"
    size = Path(path).stat().st_size
    parquet.store(path, name)
    return Upload.objects.create(
        file=name, original_name=original_name[:255], size=size, created_at=now, created_by=user
    )


@contextmanager
def reading_upload(upload: Upload) -> Iterator[str]:
    """Give the local path of an uploaded file; raises BadFile when it is gone."""
    try:
        with parquet.reading(upload.file) as path:
            yield path
    except FileNotFoundError as error:
        raise BadFile("upload_gone", file=upload.original_name) from error


def delete_upload(upload: Upload) -> None:
    """Delete an upload and, once that is certain, its file."""
    with transaction.atomic():
        parquet.delete_on_commit([upload.file])
        upload.delete()


def delete_abandoned_uploads(*, now: datetime) -> int:
    """Delete the uploads that no source waits for since a day; return how many."""
    abandoned = list(Upload.objects.filter(source=None, created_at__lt=now - KEPT_FOR))
    for upload in abandoned:
        delete_upload(upload)
    return len(abandoned)
