"""Which storages Django uses, by the settings: folders, or an S3 bucket when one is named."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.secrets import read_optional_secret

ENCRYPTIONS = ("", "AES256", "aws:kms")


@dataclass(frozen=True)
class S3:
    """A bucket, and how to reach it; without a key boto3 looks for the machine's own role."""

    bucket: str
    endpoint_url: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    prefix: str = ""
    encryption: str = ""
    kms_key: str = ""


def read_s3(env: environ.Env) -> S3 | None:
    """Return the bucket that the environment names, None when it names none.

    Raises ImproperlyConfigured, naming the fix, when its settings make no sense.
    """
    bucket = env.str("S3_BUCKET", default="")
    if not bucket:
        return None
    s3 = S3(
        bucket=bucket,
        endpoint_url=env.str("S3_ENDPOINT_URL", default=""),
        region=env.str("S3_REGION", default=""),
        access_key=read_optional_secret("S3_ACCESS_KEY_ID"),
        secret_key=read_optional_secret("S3_SECRET_ACCESS_KEY"),
        prefix=env.str("S3_PREFIX", default="").strip("/"),
        encryption=env.str("S3_ENCRYPTION", default=""),
        kms_key=env.str("S3_KMS_KEY_ID", default=""),
    )
    _check(s3)
    return s3


def in_folders(data: Path, incoming: Path) -> dict[str, dict[str, Any]]:
    """Return the storages of an installation whose files lie on this machine."""
    folder = "config.storages.folder.Folder"
    return {
        "default": {
            "BACKEND": folder,
            # Profiles are personal data: nobody but this system's user reads them.
            "OPTIONS": {
                "location": str(data / "files"),
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        },
        "incoming": {"BACKEND": folder, "OPTIONS": {"location": str(incoming)}},
    }


def in_s3(s3: S3) -> dict[str, dict[str, Any]]:
    """Return the storages of an installation whose files lie in a bucket, all of them private."""
    incoming = f"{s3.prefix}/incoming".strip("/")
    return {
        name: {
            "BACKEND": "config.storages.bucket.Bucket",
            "OPTIONS": {
                "bucket_name": s3.bucket,
                "endpoint_url": s3.endpoint_url or None,
                "region_name": s3.region or None,
                "access_key": s3.access_key or None,
                "secret_key": s3.secret_key or None,
                "location": location,
                "object_parameters": _object_parameters(s3),
            },
        }
        for name, location in (("default", s3.prefix), ("incoming", incoming))
    }


def _object_parameters(s3: S3) -> dict[str, str]:
    parameters = {"ServerSideEncryption": s3.encryption, "SSEKMSKeyId": s3.kms_key}
    return {name: value for name, value in parameters.items() if value}


def _check(s3: S3) -> None:
    if bool(s3.access_key) != bool(s3.secret_key):
        raise ImproperlyConfigured(
            "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together: set both, or neither to "
            "use the role of this machine."
        )
    if s3.endpoint_url and urlsplit(s3.endpoint_url).scheme not in ("http", "https"):
        raise ImproperlyConfigured(
            f"S3_ENDPOINT_URL is {s3.endpoint_url!r}. Write it as https://s3.example.com, "
            "or leave it out for Amazon's own S3."
        )
    if s3.encryption not in ENCRYPTIONS:
        raise ImproperlyConfigured(
            f"S3_ENCRYPTION is {s3.encryption!r}. Use AES256 or aws:kms, or leave it out."
        )
    if s3.kms_key and s3.encryption != "aws:kms":
        raise ImproperlyConfigured("S3_KMS_KEY_ID needs S3_ENCRYPTION=aws:kms.")
