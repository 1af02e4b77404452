from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded.postgres import PostgresServer
from config.embedded.processes import accepts_connections
from tests.waiting import eventually

HOUSE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def test_it_answers_as_this_user_and_knows_accents(server: PostgresServer) -> None:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("select upper('déjà'), current_setting('server_encoding')")

        assert row.fetchone() == ("DÉJÀ", "UTF8")


def test_it_refuses_a_wrong_password(server: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url, password="wrong")


def test_a_restart_cuts_connections_and_keeps_the_data(server: PostgresServer) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create table letters (name text)")

        server.restart()

        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select count(*) from letters").fetchone() == (0,)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its orphanage")
def test_it_does_not_outlive_whoever_started_it() -> None:
    program = (
        "import time; from config.embedded.postgres import PostgresServer;"
        "server = PostgresServer(); server.start(); print(server.port, flush=True); time.sleep(600)"
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": str(HOUSE)}
        with subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE
        ) as starter:
            assert starter.stdout
            port = int(starter.stdout.readline())
            assert accepts_connections(port)

            starter.kill()

            eventually(lambda: not accepts_connections(port))


def test_nothing_is_left_after_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server runs as another user when we are root
        monkeypatch.setattr("tempfile.tempdir", folder)
        server = PostgresServer()

        server.start()
        server.stop()

        assert not any(Path(folder).iterdir())
        assert not accepts_connections(server.port)
