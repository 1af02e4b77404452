"""Lays the ground as soon as pytest reads this, before anything can read the settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.core.management import call_command
from redis import Redis

from tests.ground import lay_ground

pytest_plugins = ["tests.people"]
GROUND = lay_ground()
django.setup()
# Workers of pytest-xdist inherit the environment: with this variable in it, pytest-django
# would read the settings there before the worker has a ground of its own.
del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    GROUND.close()


@pytest.fixture(scope="session")
def valkey_url() -> str:
    """Return the address of this worker's database on the Valkey server of the run."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder that the settings call DATA_DIR in this run."""
    return Path(os.environ["DATA_DIR"])


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Collect them as an installation does: pages name each file by its hash."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def _valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_valkey(_valkey: Redis) -> None:
    """Let no test see what another one left in Valkey."""
    _valkey.flushdb()
