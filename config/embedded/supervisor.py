"""Keeps a few child processes running, and stops them together."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn

from config.embedded.processes import (
    STOP_SECONDS,
    kill_group,
    start_process,
    stop_process,
    wait_until_ready,
)

READY_SECONDS = 60.0
LOOK_SECONDS = 0.2
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # a child that lived this long starts again without a long pause
LARGEST_LOG = 10_000_000  # bytes
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _at_once() -> bool:
    return True


def _say(text: str) -> None:
    """Write to standard output at once, also when that is a pipe or a file."""
    sys.stdout.write(text)
    sys.stdout.flush()


@dataclass(frozen=True)
class Child:
    """A command to keep running; `ready` tells when others may count on it."""

    name: str
    command: Sequence[str | Path]
    ready: Callable[[], bool] = _at_once
    env: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    pause: float = 0.0  # before the next start, in seconds
    start_again_at: float | None = None


class Supervisor:
    """Starts children one after the other, starts again what dies, stops all in reverse order.

    As a context manager it turns SIGINT and SIGTERM into a quiet end of the `with` block.
    Each child writes to `logs`/<name>.log.
    """

    def __init__(
        self,
        logs: Path,
        *,
        say: Callable[[str], object] = _say,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._logs = logs
        self._say = say
        self._stop_seconds = stop_seconds
        self._running: list[_Running] = []
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> Supervisor:
        for number in STOP_SIGNALS:
            self._handlers[number] = signal.signal(number, _interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # once is enough: we are stopping
        self.stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() returned
        return isinstance(error, KeyboardInterrupt)

    def start(self, child: Child) -> None:
        """Start a child and wait until it is ready; raises NotReady when it does not get there."""
        log = self._logs / f"{child.name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_name(f"{child.name}.log.1"))
        running = _Running(child, self._spawn(child, log), log, time.monotonic())
        self._running.append(running)
        wait_until_ready(running.process, child.ready, log=log, seconds=READY_SECONDS)

    def watch(self) -> NoReturn:
        """Start children again when they die, until a signal ends it."""
        while True:
            for running in self._running:
                self._look_after(running)
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop all children, the last started first."""
        while self._running:
            stop_process(self._running[-1].process, seconds=self._stop_seconds)
            self._running.pop()

    def _spawn(self, child: Child, log: Path) -> subprocess.Popen[bytes]:
        return start_process(child.command, log=log, env=child.env)

    def _look_after(self, running: _Running) -> None:
        now = time.monotonic()
        if running.start_again_at is None:
            if running.process.poll() is not None:
                self._plan_restart(running, now)
        elif now >= running.start_again_at:
            running.process = self._spawn(running.child, running.log)
            running.started, running.start_again_at = now, None

    def _plan_restart(self, running: _Running, now: float) -> None:
        kill_group(running.process)
        steady = now - running.started > STEADY_SECONDS
        running.pause = 1.0 if steady or not running.pause else running.pause * 2
        running.pause = min(running.pause, LONGEST_PAUSE)
        running.start_again_at = now + running.pause
        self._say(
            f"{running.child.name} ended with exit code {running.process.returncode}; "
            f"starting it again in {running.pause:.0f} s (see {running.log}).\n"
        )


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
