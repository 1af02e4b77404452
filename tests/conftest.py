"""The ground that every test stands on: real servers, started before the settings are read.

`TEST_DATABASE` chooses the database: `sqlite` (the default) or `postgresql`. With pytest-xdist
the controller starts the servers and its workers inherit their addresses; each worker has a
Valkey database and a data folder of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from redis import Redis

from config.embedded.postgres import PostgresServer
from config.embedded.valkey import ValkeyServer
from config.secrets import make_encryption_key, make_secret_key

pytest_plugins = ["tests.people"]
SERVERS = pytest.StashKey[ExitStack]()
DATABASES = ("sqlite", "postgresql")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    servers = config.stash[SERVERS] = ExitStack()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        number = int(worker.removeprefix("gw"))
        server = os.environ["REDIS_URL"].rpartition("/")[0]
        os.environ["REDIS_URL"] = f"{server}/{number + 1}"
    else:
        os.environ["REDIS_URL"] = servers.enter_context(ValkeyServer()).url
        choose_database(servers)
    os.environ["DATA_DIR"] = make_data_folder(servers)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # Now, so that test modules may import models while they are collected.
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SERVERS].close()


def choose_database(servers: ExitStack) -> None:
    """Set DATABASE_URL, and the secrets that an installation with one must have."""
    database = os.environ.get("TEST_DATABASE", "sqlite")
    if database not in DATABASES:
        raise pytest.UsageError(f"TEST_DATABASE is {database!r}; use one of {DATABASES}.")
    os.environ.pop("DATABASE_URL", None)
    if database == "postgresql":
        os.environ["DATABASE_URL"] = servers.enter_context(PostgresServer()).url
        os.environ["SECRET_KEY"] = make_secret_key()
        os.environ["FIELD_ENCRYPTION_KEYS"] = make_encryption_key()


def make_data_folder(servers: ExitStack) -> str:
    folder = tempfile.mkdtemp(prefix="facteur-tests-")
    servers.callback(shutil.rmtree, folder)
    return folder


@pytest.fixture(scope="session")
def valkey_url() -> str:
    """Return the address of this worker's database on the Valkey server of the run."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder that the settings call DATA_DIR in this run."""
    return Path(os.environ["DATA_DIR"])


@pytest.fixture(scope="session")
def _valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_valkey(_valkey: Redis) -> None:
    """Let no test see what another one left in Valkey."""
    _valkey.flushdb()
