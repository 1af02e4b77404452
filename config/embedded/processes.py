"""Child processes that never outlive the process that started them."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

STOP_SECONDS = 10.0
POLL_SECONDS = 0.02
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NotReady(Exception):
    """A child ended, or did not answer in time; the message holds the end of its log."""


def start_process(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    parent_death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its output appended to `log`.

    On Linux the child gets `parent_death_signal` when this process dies, however it dies.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # commands of our own
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            process_group=0,
            preexec_fn=partial(_die_with_parent, os.getpid(), parent_death_signal),
        )


def stop_process(
    process: subprocess.Popen[bytes],
    *,
    polite: signal.Signals = signal.SIGTERM,
    seconds: float = STOP_SECONDS,
) -> None:
    """Ask a child to stop, kill its whole group when it has not within `seconds`."""
    if process.poll() is None:
        process.send_signal(polite)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process)
    process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and of the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until_ready(
    process: subprocess.Popen[bytes],
    ready: Callable[[], bool],
    *,
    log: Path,
    seconds: float,
) -> None:
    """Wait until `ready()` holds.

    Raises NotReady, with the end of the log, when the child ends or `seconds` have passed.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise NotReady(f"It ended with exit code {process.returncode}.\n{tail(log)}")
        if time.monotonic() > deadline:
            raise NotReady(f"It did not answer within {seconds:.0f} seconds.\n{tail(log)}")
        time.sleep(POLL_SECONDS)


def tail(log: Path, lines: int = 20) -> str:
    """Return the name of a log file and its last lines."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join([f"The end of {log}:", *text.splitlines()[-lines:]])


def temporary_folder(name: str) -> Path:
    """Return the path of a temporary folder that does not exist yet."""
    return Path(tempfile.gettempdir()) / f"facteur-{name}-{secrets.token_hex(8)}"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts_connections(port: int) -> bool:
    """Tell whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as client:
        client.settimeout(1.0)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """Run in the child between fork and exec."""
    if LIBC is None:
        return
    LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
