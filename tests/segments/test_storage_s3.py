"""An installation whose files lie in an S3 bucket, on a real server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from config.embedded.processes import free_port
from config.storages.problems import StorageUnavailable
from segments import parquet
from segments.incoming import matching
from segments.models import Refresh, Source
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from segments.retention import delete_unneeded_files
from segments.rules.tree import EVERYBODY
from segments.snapshots import count_members, first_members
from segments.sources.looking import first_profiles
from segments.sources.reading import read_source
from segments.sources.saving import remove_source
from tests.factories import NOW, make_segment, make_source

if TYPE_CHECKING:
    from tests.buckets import TestBucket

pytestmark = pytest.mark.django_db


def test_tables_and_snapshots_lie_in_the_bucket(
    bucket: TestBucket, data_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    before = set(data_folder.glob("files/**/*"))

    with django_capture_on_commit_callbacks(execute=True):
        segment = make_segment()

    assert segment.snapshot is not None
    assert segment.source.table is not None
    assert set(bucket.names()) == {segment.source.table.file, segment.snapshot.file}
    assert set(data_folder.glob("files/**/*")) == before
    assert [row["id"] for row in first_members(segment.snapshot)] == ["1", "2"]
    assert [row["id"] for row in first_profiles(segment.source)] == ["1", "2"]


def test_a_source_is_read_anew_from_the_files_that_others_put_there(bucket: TestBucket) -> None:
    source = Source.objects.create(
        name="Shops", kind=Source.Kind.FILES, pattern="shops/*.csv", takes=Source.Takes.ALL
    )
    bucket.put("incoming/shops/a.csv", b"id,email\n1,ana@example.com\n")
    assert read_source(source=source, now=NOW).rows == 1

    bucket.put("incoming/shops/b.csv", b"id,email\n2,bea@example.com\n3,cy@example.com\n")
    table = read_source(source=source, now=NOW)

    assert [file["name"] for file in table.files] == ["shops/a.csv", "shops/b.csv"]
    assert [row["id"] for row in first_profiles(source)] == ["1", "2", "3"]


def test_a_live_count_fetches_the_table_once(bucket: TestBucket) -> None:
    source = make_source()
    assert count_members(source=source, rule=EVERYBODY, now=NOW).members == 2
    bucket.remove()  # whoever fetches anything now fails

    assert count_members(source=source, rule=EVERYBODY, now=NOW).members == 2


def test_what_is_deleted_is_gone_from_this_machine_too(
    bucket: TestBucket, data_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = make_source()
    assert source.table is not None
    copy = data_folder / "work" / "copies" / f"{source.table.file.replace('/', '-')}.copy"
    first_profiles(source)
    assert copy.exists()

    with django_capture_on_commit_callbacks(execute=True):
        remove_source(source=source)

    assert not copy.exists()
    assert bucket.names() == []


def test_a_table_that_is_gone_is_missed_and_the_bucket_is_not(bucket: TestBucket) -> None:
    source = make_source()
    assert source.table is not None
    bucket.client.delete_object(Bucket=bucket.s3.bucket, Key=source.table.file)

    with pytest.raises(FileNotFoundError):
        first_profiles(source)
    assert not default_storage.exists(source.table.file)


def test_a_prefix_is_before_everything(bucket: TestBucket) -> None:
    bucket.use(prefix="tenants/facteur")

    segment = make_segment()

    assert segment.snapshot is not None
    assert f"tenants/facteur/{segment.snapshot.file}" in bucket.names()
    assert all(key.startswith("tenants/facteur/") for key in bucket.names())
    assert len(first_members(segment.snapshot)) == 2


@pytest.mark.parametrize(
    ("encryption", "kms_key"), [("AES256", ""), ("aws:kms", ""), ("aws:kms", "a-key")]
)
def test_each_file_asks_for_the_encryption_that_is_set(
    bucket: TestBucket, encryption: str, kms_key: str
) -> None:
    bucket.use(encryption=encryption, kms_key=kms_key)

    segment = make_segment()

    assert segment.snapshot is not None
    for key in bucket.names():
        stored = bucket.client.head_object(Bucket=bucket.s3.bucket, Key=key)
        assert stored["ServerSideEncryption"] == encryption
        assert stored.get("SSEKMSKeyId", "").endswith(kms_key)
    assert len(first_members(segment.snapshot)) == 2


def test_nothing_is_public_and_nothing_has_an_address(bucket: TestBucket) -> None:
    segment = make_segment()
    assert segment.snapshot is not None

    for key in bucket.names():
        grants = bucket.client.get_object_acl(Bucket=bucket.s3.bucket, Key=key)["Grants"]
        assert {grant["Grantee"]["Type"] for grant in grants} == {"CanonicalUser"}
    with pytest.raises(ValueError, match="no address"):
        default_storage.url(segment.snapshot.file)


def test_retention_deletes_in_the_bucket(
    bucket: TestBucket, django_capture_on_commit_callbacks: Any
) -> None:
    segment = make_segment()
    bucket.put("snapshots/left", b"x")
    bucket.put("tables/left", b"x")

    with django_capture_on_commit_callbacks(execute=True):
        delete_unneeded_files(now=timezone.now() + timedelta(days=2))

    assert segment.snapshot is not None
    assert segment.source.table is not None
    assert set(bucket.names()) == {segment.snapshot.file, segment.source.table.file}


# --- Trouble ------------------------------------------------------------------------------


def attempts() -> Iterator[Any]:
    """Yield everything that one can ask of the storage."""
    yield lambda: parquet.reading("tables/x").__enter__()
    yield lambda: default_storage.exists("tables/x")
    yield lambda: default_storage.open("tables/x")
    yield lambda: default_storage.delete("tables/x")
    yield lambda: make_source()
    yield lambda: delete_unneeded_files(now=timezone.now())
    yield lambda: matching("*.csv")


def codes() -> set[str]:
    found = set()
    for attempt in attempts():
        with pytest.raises(StorageUnavailable) as trouble:
            attempt()
        found.add(trouble.value.problem["code"])
    return found


def test_a_key_that_is_refused_is_named_as_the_trouble(bucket: TestBucket) -> None:
    bucket.check_keys()

    assert codes() == {"storage_refused"}


def test_a_bucket_that_does_not_exist_is_named_as_the_trouble(bucket: TestBucket) -> None:
    bucket.use(bucket="nobody-made-this-one")

    assert codes() == {"storage_no_bucket"}


def test_a_name_that_no_bucket_can_have_is_named_as_the_trouble(bucket: TestBucket) -> None:
    bucket.use(bucket="no such name!")

    assert codes() == {"storage_no_bucket"}


def test_a_server_out_of_reach_is_named_as_the_trouble(bucket: TestBucket) -> None:
    bucket.use(endpoint_url=f"http://127.0.0.1:{free_port()}")

    assert codes() == {"storage_unreachable"}


def test_readyz_says_what_is_wrong_with_the_bucket_and_not_its_name(
    bucket: TestBucket, client: Client
) -> None:
    assert client.get("/readyz").json()["storage"] == "ok"
    assert bucket.names() == []

    bucket.use(bucket="nobody-made-this-one")
    response = client.get("/readyz")

    assert response.json()["storage"] == "the bucket does not exist"
    assert response.status_code == 503
    assert b"nobody-made" not in response.content


def test_a_refresh_says_what_is_wrong_and_the_table_of_before_stays(bucket: TestBucket) -> None:
    segment = make_segment()
    snapshot, table = segment.snapshot, segment.source.table
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=timezone.now())
    bucket.use(endpoint_url=f"http://127.0.0.1:{free_port()}")

    advance(refresh)

    refresh.refresh_from_db()
    segment.refresh_from_db()
    assert refresh.status == Refresh.Status.FAILED
    assert refresh.tasks.get(position=0).problem == {"code": "storage_unreachable"}
    assert (segment.snapshot, segment.source.table) == (snapshot, table)


def test_a_page_says_that_the_files_are_out_of_reach(
    bucket: TestBucket, client: Client, contributor: User, caplog: pytest.LogCaptureFixture
) -> None:
    source = make_source()
    client.force_login(contributor)
    bucket.check_keys()

    response = client.get(f"/sources/{source.pk}/")

    assert response.status_code == 503
    assert "refuses Facteur’s key" in response.content.decode()
    assert "The storage refuses the key" in caplog.text
    assert bucket.s3.bucket not in caplog.text
