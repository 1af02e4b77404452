"""Lays the ground as soon as pytest reads this, before anything can read the settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import django.test.utils
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone, translation
from redis import Redis

from tests.databases_asked import may_differ_on_postgres
from tests.ground import lay_ground
from tests.rendering import note_pages

pytest_plugins = ["tests.buckets", "tests.databases", "tests.people"]
GROUND = lay_ground()
django.setup()
django.test.utils.instrumented_test_render = note_pages
# Workers of pytest-xdist inherit the environment: with this variable in it, pytest-django
# would read the settings there before the worker has a ground of its own.
del os.environ["DJANGO_SETTINGS_MODULE"]
# Passwords are made to be slow to check, and tests sign in all the time.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each browser of a test would look through all static files before its first request.
settings.WHITENOISE_AUTOREFRESH = True


def pytest_unconfigure() -> None:
    GROUND.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, of a run on PostgreSQL, the tests that would show nothing new there."""
    if os.environ.get("TEST_DATABASE") != "postgresql":
        return
    without = [item for item in items if not may_differ_on_postgres(item)]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if may_differ_on_postgres(item)]


@pytest.fixture(scope="session")
def valkey_url() -> str:
    """Return the address of this worker's database on the Valkey server of the run."""
    return os.environ["REDIS_URL"]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder that the settings call DATA_DIR in this run."""
    return Path(os.environ["DATA_DIR"])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, data_folder: Path) -> None:
    """Keep SQLite's test database in a file, as installations do.

    In memory, where Django would put it, nobody waits for a lock: a second thread just fails.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(data_folder / "test.sqlite")


@pytest.fixture
def nothing_left_at_work(data_folder: Path) -> Iterator[None]:
    """See that a test leaves no file at work; what workers that were killed left is not its own."""
    before = _files_at_work(data_folder)
    yield
    assert not _files_at_work(data_folder) - before


def _files_at_work(data_folder: Path) -> set[Path]:
    return {path for path in (data_folder / "work").iterdir() if path.is_file()}


@pytest.fixture(scope="module", autouse=True)
def _no_files_of_other_modules(data_folder: Path) -> Iterator[None]:
    yield
    shutil.rmtree(data_folder / "files", ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_files_of_others(_no_files_of_other_modules: None, data_folder: Path) -> Iterator[None]:
    """Let a test's files go with its rows: whoever forgets a person looks into all there are."""
    before = _stored_in(data_folder)
    yield
    for path in _stored_in(data_folder) - before:
        path.unlink(missing_ok=True)


def _stored_in(data_folder: Path) -> set[Path]:
    return {path for path in (data_folder / "files").rglob("*") if path.is_file()}


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Collect them as an installation does: pages name each file by its hash."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def _valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_language_or_time_zone() -> None:
    """Let no test read the texts of another one's: a request leaves both switched on."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _no_heartbeat_inside_a_transaction(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let no other thread wait for the transaction that most tests are one of.

    On SQLite a heartbeat would wait for half a minute, and the test for the heartbeat. Whether a
    lease is renewed is tested where tests commit.
    """
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames
    if not (commits or (marker and marker.kwargs.get("transaction"))):
        monkeypatch.setattr("config.leases.HEARTBEAT_SECONDS", 3600.0)


@pytest.fixture(autouse=True)
def _no_wait_for_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run give its worker back before results are due: tests let that time come themselves.

    Otherwise each run would sleep for a second, and end in the slice in which it began.
    """
    for name in ("EARLIEST_POLL", "SHORT_PAUSE"):
        monkeypatch.setattr(f"exports.pipeline.confirm.{name}", timedelta(seconds=2))


@pytest.fixture(autouse=True)
def _empty_valkey(_valkey: Redis) -> None:
    """Let no test see what another one left in Valkey, but that it is the same memory as before.

    Sandboxes get ports that earlier ones had. Whoever took slots of such an account within a minute
    would find their memory gone, and all would be paused, as is right after Valkey lost its data.
    """
    for key in _valkey.scan_iter(count=10_000):
        if not key.endswith(b":memory"):
            _valkey.delete(key)
