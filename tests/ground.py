"""The ground that every test stands on: real servers, started before the settings are read.

`TEST_DATABASE` chooses the database: `sqlite` (the default) or `postgresql`. With pytest-xdist
the controller starts the servers and its workers inherit their addresses; each worker has a
Valkey database and a data folder of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack

import pytest

from config.embedded.postgres import PostgresServer
from config.embedded.valkey import ValkeyServer
from config.secrets import make_encryption_key, make_secret_key

DATABASES = ("sqlite", "postgresql")


def lay_ground() -> ExitStack:
    """Start what the settings need and name it in the environment; closing stops it all."""
    ground = ExitStack()
    atexit.register(ground.close)  # pytest does not tell us of a run that ends before it begins
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        server = os.environ["REDIS_URL"].rpartition("/")[0]
        os.environ["REDIS_URL"] = f"{server}/{int(worker.removeprefix('gw')) + 1}"
    else:
        os.environ["REDIS_URL"] = ground.enter_context(ValkeyServer()).url
        choose_database(ground)
    os.environ["DATA_DIR"] = make_data_folder(ground)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return ground


def choose_database(ground: ExitStack) -> None:
    """Set DATABASE_URL, and the secrets that an installation with one must have."""
    database = os.environ.get("TEST_DATABASE", "sqlite")
    if database not in DATABASES:
        raise pytest.UsageError(f"TEST_DATABASE is {database!r}; use one of {DATABASES}.")
    os.environ.pop("DATABASE_URL", None)
    if database == "postgresql":
        os.environ["DATABASE_URL"] = ground.enter_context(PostgresServer()).url
        os.environ["SECRET_KEY"] = make_secret_key()
        os.environ["FIELD_ENCRYPTION_KEYS"] = make_encryption_key()


def make_data_folder(ground: ExitStack) -> str:
    folder = tempfile.mkdtemp(prefix="facteur-tests-")
    ground.callback(shutil.rmtree, folder)
    return folder
