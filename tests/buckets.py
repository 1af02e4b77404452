"""A real S3 server on this machine, and an installation whose files lie in a bucket of its.

A plugin of pytest, hence read before Django is set up: it is imported when needed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from config.storages.choosing import S3


@dataclass
class TestBucket:
    """A bucket, as its owner sees it: past Facteur."""

    s3: S3
    client: Any
    settings: Settings

    def use(self, **changes: str) -> None:
        """Let Facteur keep its files here, with some settings changed."""
        from config.storages.choosing import in_s3

        used = in_s3(replace(self.s3, **changes))
        self.settings.STORAGES = self.settings.STORAGES | used

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.s3.bucket, Key=key, Body=body)

    def names(self) -> list[str]:
        """Return the keys of everything in it."""
        found = self.client.list_objects_v2(Bucket=self.s3.bucket)
        return [each["Key"] for each in found.get("Contents", [])]

    def remove(self) -> None:
        for key in self.names():
            self.client.delete_object(Bucket=self.s3.bucket, Key=key)
        self.client.delete_bucket(Bucket=self.s3.bucket)

    def check_keys(self) -> None:
        """Let the server refuse, from now on, every key that it has not given out."""
        import requests

        requests.post(f"{self.s3.endpoint_url}/moto-api/reset-auth", data=b"0", timeout=10)

    def check_no_keys(self) -> None:
        import requests

        requests.post(f"{self.s3.endpoint_url}/moto-api/reset-auth", data=b"inf", timeout=10)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Return the address of an S3 server."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line for each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, settings: Settings) -> Iterator[TestBucket]:
    """Return the bucket where Facteur keeps its files in this test."""
    import boto3

    from config.storages.choosing import S3

    key = {"access_key": "test-key", "secret_key": "test-secret"}
    s3 = S3(f"facteur-{uuid.uuid4().hex}", endpoint_url=s3_server, region="us-east-1", **key)
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name=s3.region,
        aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
    )
    client.create_bucket(Bucket=s3.bucket)
    made = TestBucket(s3, client, settings)
    made.use()
    yield made
    made.check_no_keys()
    client.close()
