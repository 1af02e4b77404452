"""Uploaded files, in a folder and in a bucket, until they are read into a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from segments.models import Upload
from segments.problems import BadFile
from segments.uploads import delete_upload, reading_upload, store_upload
from tests.factories import NOW

if TYPE_CHECKING:
    from tests.buckets import TestBucket

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["folder", "bucket"])
def _anywhere(request: pytest.FixtureRequest) -> None:
    """Let the test run with files in a folder, and again with files in a bucket."""
    if request.param == "bucket":
        request.getfixturevalue("bucket")


def make_upload(folder: Path, content: bytes, user: User) -> Upload:
    """Return the upload of a file that has just arrived."""
    path = folder / "arrived"
    path.write_bytes(content)
    return store_upload(path=str(path), original_name="people.csv", user=user, now=NOW)


@pytest.mark.usefixtures("_anywhere")
def test_an_upload_can_be_read_until_it_is_deleted(
    tmp_path: Path, contributor: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = make_upload(tmp_path, b"id\n1\n", contributor)
    assert (upload.original_name, upload.size) == ("people.csv", 5)

    with reading_upload(upload) as path:
        assert Path(path).read_bytes() == b"id\n1\n"

    with django_capture_on_commit_callbacks(execute=True):
        delete_upload(upload)
    assert not Upload.objects.exists()
    with pytest.raises(BadFile) as refused, reading_upload(upload):
        raise AssertionError("there is nothing to read")
    assert refused.value.problem == {"code": "upload_gone", "file": "people.csv"}


def test_an_upload_is_moved_into_its_folder_and_not_copied(
    data_folder: Path, contributor: User
) -> None:
    work = data_folder / "work"
    work.mkdir(exist_ok=True)

    upload = make_upload(work, b"id\n1\n", contributor)

    assert not (work / "arrived").exists()
    assert Path(default_storage.path(upload.file)).stat().st_mode & 0o777 == 0o600


def test_a_large_upload_goes_to_the_bucket_in_parts(
    bucket: TestBucket, tmp_path: Path, contributor: User
) -> None:
    content = os.urandom(1024) * 1024 * 20  # 20 MB

    upload = make_upload(tmp_path, content, contributor)

    stored = bucket.client.head_object(Bucket=bucket.s3.bucket, Key=upload.file)
    assert stored["ContentLength"] == len(content)
    assert "-" in stored["ETag"]  # which counts the parts
    with reading_upload(upload) as path:
        assert Path(path).read_bytes() == content
