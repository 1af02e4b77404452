"""Real workers on the database of the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from connections.activecampaign.sandbox import Sandbox
from tests.workers import Workers

RATES = ("BULK_PER_MINUTE", "SINGLE_PER_MINUTE", "REQUESTS_PER_SECOND")


@pytest.fixture
def workers(
    transactional_db: None, settings: Any, sandbox: Sandbox, tmp_path: Path
) -> Iterator[Workers]:
    """Return the means to start workers that see what the test sees, and nothing else."""
    environment = {
        **os.environ,
        "DATABASE_URL": _database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "ACTIVECAMPAIGN_SANDBOX_HOSTS": sandbox.host,
        **{f"ACTIVECAMPAIGN_{rate}": "100000" for rate in RATES},
    }
    with Workers(environment, tmp_path / "logs") as workers:
        yield workers


@pytest.fixture
def written(tmp_path: Path, settings: Any) -> Callable[[], bytes]:
    """Return what reads all that the workers wrote: logs, files, an SQLite database."""

    def read() -> bytes:
        folders = (tmp_path / "logs", Path(settings.DATA_DIR))
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        return b"".join(file.read_bytes() for file in files)

    return read


def _database_url() -> str:
    from django.db import connection

    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user = f"{database['USER']}:{quote(database['PASSWORD'])}"
    return f"postgresql://{user}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
