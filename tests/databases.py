"""Real database servers that sources read from, each with a table of customers."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
import pymysql
import pytest

from config.embedded.postgres import PostgresServer
from config.embedded.processes import (
    accepts_connections,
    free_port,
    start_process,
    stop_process,
    temporary_folder,
    wait_until_ready,
)

READER, BOSS, PASSWORD = "reader", "boss", "p@ss/w0rd"
START_SECONDS = 30.0
# Tables that the server wants to find in its data, as its package brings them.
SYSTEM_TABLES = ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")
CUSTOMERS = """
CREATE TABLE customers (
    id integer PRIMARY KEY, email varchar(200), total numeric(10, 2), is_member boolean,
    born date, seen_at timestamp NULL
);
INSERT INTO customers VALUES
    (1, 'ada@example.com', 12.50, true, '1990-12-31', '2026-01-02 03:04:05'),
    (2, 'zoë@example.com', 0.10, false, '2001-02-03', NULL),
    (3, 'bob "b" <b@example.com>', NULL, NULL, NULL, '2025-06-07 08:09:10');
"""


@dataclass(frozen=True)
class Served:
    """A database that a reader may read, and its owner change."""

    url: str
    owner: Any  # a connection of the driver that commits by itself

    def run(self, *statements: str) -> None:
        with self.owner.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class MariadbServer:
    """A throw-away MariaDB server on a loopback port, as a child process."""

    def __init__(self, binary: str) -> None:
        self.port = free_port()
        self._binary = binary
        self._folder = temporary_folder("mariadb")
        # Not MariaDB's own --user: changing it later, it would outlive a test run that is killed.
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> MariadbServer:
        self._folder.mkdir(mode=0o755)
        data = self._folder / "data"
        data.mkdir()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
            shutil.chown(data, self._user)
        try:
            self._initialise()
            self._process = start_process(
                [*self._command(), f"--port={self.port}", "--bind-address=127.0.0.1"],
                log=self._folder / "log",
                user=self._user,
            )
            log = self._folder / "log"
            wait_until_ready(
                self._process,
                lambda: accepts_connections(self.port),
                log=log,
                seconds=START_SECONDS,
            )
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def connect(self) -> pymysql.Connection:
        socket = str(self._folder / "socket")
        return pymysql.connect(unix_socket=socket, user="root", autocommit=True)

    def stop(self) -> None:
        if self._process:
            stop_process(self._process, polite=signal.SIGKILL)
        shutil.rmtree(self._folder)

    def _command(self) -> Sequence[str]:
        return [
            self._binary,
            "--no-defaults",
            f"--datadir={self._folder / 'data'}",
            f"--socket={self._folder / 'socket'}",
            "--skip-log-bin",
        ]

    def _initialise(self) -> None:
        share = Path(self._binary).parent.parent / "share/mysql"
        tables = [(share / f"{name}.sql").read_text() for name in SYSTEM_TABLES]
        subprocess.run(
            [*self._command(), "--bootstrap", "--skip-networking"],
            input="\n".join(["CREATE DATABASE mysql;", "USE mysql;", *tables]),
            text=True,
            user=self._user,
            capture_output=True,
            check=True,
        )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Served]:
    """Give a PostgreSQL database with customers."""
    with PostgresServer() as server, psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute(CUSTOMERS)  # type: ignore[arg-type]
        owner.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        owner.execute(f"CREATE ROLE {BOSS} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}")
        yield Served(f"postgresql://{READER}@127.0.0.1:{server.port}/postgres", owner)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Served]:
    """Give a MariaDB database with customers."""
    binary = shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if not binary:
        pytest.skip("There is no MariaDB. On Debian: apt-get install mariadb-server-core")
    with MariadbServer(binary) as server, server.connect() as owner:
        served = Served(f"mysql://{READER}@127.0.0.1:{server.port}/shop", owner)
        served.run(
            "CREATE DATABASE shop CHARACTER SET utf8mb4",
            "USE shop",
            *[text for text in CUSTOMERS.split(";\n") if text.strip()],
            f"CREATE USER {READER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON *.* TO {BOSS}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT SELECT ON shop.* TO {READER}@'127.0.0.1'",
        )
        yield served


@dataclass(frozen=True)
class File:
    """A SQLite database in the folder for incoming files."""

    url: str
    path: Path

    def run(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def incoming(settings: Any, tmp_path: Path) -> Path:
    """Return an empty folder for incoming files."""
    settings.INCOMING_DIR = tmp_path / "incoming"
    settings.INCOMING_DIR.mkdir()
    return Path(settings.INCOMING_DIR)


@pytest.fixture
def sqlite(incoming: Path) -> File:
    """Return a SQLite database with customers."""
    file = File("sqlite:///shop.sqlite", incoming / "shop.sqlite")
    file.run(*[text for text in CUSTOMERS.split(";\n") if text.strip()])
    return file


class Unsteady:
    """A way to a server that falls silent, or hangs up, once the client has sent certain bytes."""

    def __init__(self, port: int, *, until: bytes, hangs_up: bool = False) -> None:
        self._target = port
        self._until = until
        self._hangs_up = hangs_up
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Unsteady:
        self._listener.settimeout(0.1)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with ExitStack() as stack:
            threads = []
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    client = stack.enter_context(self._listener.accept()[0])
                    server = stack.enter_context(
                        socket.create_connection(("127.0.0.1", self._target))
                    )
                    threads += [
                        self._pass_on(client, server, self._until),
                        self._pass_on(server, client, None),
                    ]
            for thread in threads:
                thread.join()

    def _pass_on(
        self, reader: socket.socket, writer: socket.socket, until: bytes | None
    ) -> threading.Thread:
        thread = threading.Thread(target=self._relay, args=(reader, writer, until))
        thread.start()
        return thread

    def _relay(self, reader: socket.socket, writer: socket.socket, until: bytes | None) -> None:
        reader.settimeout(0.1)
        while not self._ended.is_set():
            with suppress(TimeoutError):
                data = reader.recv(65_536)
                if not data:
                    return
                if until is not None and until in data:
                    if self._hangs_up:
                        reader.shutdown(socket.SHUT_RDWR)
                    return
                with suppress(OSError):
                    writer.sendall(data)
