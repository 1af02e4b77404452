"""Files in an S3 bucket, private ones, with copies on this machine of those that are read."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
)
from django.conf import settings
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from config.storages.copies import Copies
from config.storages.problems import StorageUnavailable
from config.storages.stored import ChangedMeanwhile, StoredFile

_PIECE = 1024 * 1024
_NO_KEY = (NoCredentialsError, CredentialRetrievalError)
_ELSEWHERE = ("NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed")


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages brings no types
    """Django's storage in a bucket; raises StorageUnavailable where boto3 raises its own."""

    shows_unfinished = False

    def __init__(self, **options: Any) -> None:
        options.setdefault("client_config", _client_config(options.get("endpoint_url")))
        super().__init__(**options)

    def get_default_settings(self) -> dict[str, Any]:
        """Return what isn't chosen by the options: nothing public, little in memory."""
        return {
            **super().get_default_settings(),
            "default_acl": None,  # as the bucket says, and buckets are private
            "querystring_auth": False,
            "max_memory_size": _PIECE,
            "transfer_config": TransferConfig(max_concurrency=4),
        }

    def url(self, name: str, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ValueError: nobody reads these files but Facteur."""
        raise ValueError("These files have no address.")

    @contextmanager
    def reading(self, name: str) -> Iterator[str]:
        """Give a local path of a file that never changes.

        Raises FileNotFoundError when it is gone, and StorageUnavailable.
        """
        with self._copies.reading(name, partial(self._download, name)) as path:
            yield path

    def walk(self, folder: str = "", *, deep: bool = False) -> Iterator[StoredFile]:
        """Yield the files of a folder, when `deep` those of the folders in it too."""
        start = self._base + (f"{folder}/" if folder else "")
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=start, **({} if deep else {"Delimiter": "/"})
        )
        with _speaking():
            for page in pages:
                for found in page.get("Contents", ()):
                    if not found["Key"].endswith("/"):  # as consoles mark empty folders
                        yield self._listed(found)

    def fetch(self, file: StoredFile, path: str) -> None:
        """Write a file to `path` as it was when it was listed.

        Raises FileNotFoundError, ChangedMeanwhile when it is not that file any more, and
        StorageUnavailable.
        """
        with _speaking(file.name), Path(path).open("wb") as target:
            # One answer is one version of the file, however long it takes to arrive.
            found = self._client.get_object(
                Bucket=self.bucket_name, Key=self._base + file.name, IfMatch=file.version
            )
            for piece in found["Body"].iter_chunks(_PIECE):
                target.write(piece)

    def exists(self, name: str) -> bool:
        """Tell whether the file is there; raises StorageUnavailable, also without a bucket."""
        with _speaking(name):
            return bool(super().exists(name)) or self._check_bucket()

    def delete(self, name: str) -> None:
        """Delete a file, and its copy on this machine."""
        with suppress(FileNotFoundError), _speaking(name):
            self._client.delete_object(Bucket=self.bucket_name, Key=self._base + name)
        self._copies.discard(name)

    def _save(self, name: str, content: Any) -> str:
        with _speaking(name):
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _speaking(name):
            try:
                return super()._open(name, mode)
            except FileNotFoundError:
                self._check_bucket()
                raise

    def _download(self, name: str, path: str) -> None:
        with _speaking(name), Path(path).open("wb") as target:
            try:
                self._client.download_fileobj(
                    self.bucket_name, self._base + name, target, Config=self.transfer_config
                )
            except ClientError as error:
                if _status(error) == 404:
                    self._check_bucket()
                raise

    def _check_bucket(self) -> bool:
        """Raise when the bucket is missing, which S3 says in the same words as of a file."""
        try:
            self._client.head_bucket(Bucket=self.bucket_name)
        except ClientError as error:
            if _status(error) == 404:
                raise StorageUnavailable("storage_no_bucket") from error
            raise
        return False

    def _listed(self, found: Any) -> StoredFile:
        name = found["Key"].removeprefix(self._base)
        return StoredFile(name, found["Size"], found["LastModified"], found["ETag"])

    @property
    def _base(self) -> str:
        return f"{self.location}/" if self.location else ""

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    @property
    def _copies(self) -> Copies:
        return Copies(settings.DATA_DIR / "work", settings.S3_CACHE_BYTES)


def _client_config(endpoint_url: str | None) -> Config:
    # Checksums that only Amazon's S3 is sure to know are left out with others.
    checksums = "when_required" if endpoint_url else "when_supported"
    return Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
    )


@contextmanager
def _speaking(name: str = "") -> Iterator[None]:
    """Raise boto3's errors as FileNotFoundError and StorageUnavailable."""
    try:
        yield
    except ClientError as error:
        raise _meaning(error, name) from error
    except _NO_KEY as error:
        raise StorageUnavailable("storage_refused") from error
    except ParamValidationError as error:
        raise StorageUnavailable("storage_no_bucket") from error
    except (BotoCoreError, RetriesExceededError) as error:
        raise StorageUnavailable("storage_unreachable") from error


def _meaning(error: ClientError, name: str) -> Exception:
    code, status = str(error.response["Error"]["Code"]), _status(error)
    if code in _ELSEWHERE or status == 301:
        return StorageUnavailable("storage_no_bucket")
    if status == 404:
        return FileNotFoundError(name)
    if status == 412:
        return ChangedMeanwhile(name)
    if status in (401, 403):
        return StorageUnavailable("storage_refused")
    if status == 429 or status >= 500:
        return StorageUnavailable("storage_unreachable")
    return StorageUnavailable("storage_failed", said=code)


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
