"""Real workers and a real beat, for those who freeze and kill them; who dies is started again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from config.embedded.processes import kill_group, start_process, stop_process
from demo.installation import CELERY, ROOT

WORKER = ("worker", "--loglevel=INFO", "--without-mingle", "--without-gossip")
# As whoever supervises an installation does.
PAUSE_SECONDS = 1.0


class Process:
    """A process of an installation; when it dies, another one takes its place."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._command, self._environment, self._log = command, environment, log
        self.is_wanted = True
        self.start()

    def start(self) -> None:
        self._popen = start_process(self._command, log=self._log, env=self._environment, cwd=ROOT)

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """End it and its children as a crash does: with kill -9."""
        kill_group(self._popen)
        self._popen.wait()

    def kill_a_child(self) -> None:
        """End one of its children as a machine without memory does."""
        for child in self._children()[:1]:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def freeze(self) -> None:
        """Let it and its children stand still."""
        os.killpg(self._popen.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self._popen.pid, signal.SIGCONT)

    def end(self) -> None:
        """Let it do nothing more, and nobody take its place."""
        self.is_wanted = False
        if self.is_alive:
            self.thaw()
        stop_process(self._popen)

    def _children(self) -> list[int]:
        listed = Path(f"/proc/{self._popen.pid}/task/{self._popen.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if self.is_alive else []


class Workers:
    """The processes of an installation that do its work, kept going until the block ends."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment, self._logs = dict(environment), logs
        self._processes: list[Process] = []
        self._done = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Workers:
        self._keeper.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._keeper.join()
        for process in self._processes:
            process.end()

    def worker(self, *, processes: int = 1, **environment: str) -> Process:
        """Start a worker with so many children, and with some more in its environment."""
        command = [*WORKER, f"--concurrency={processes}"]
        return self._start("worker", command, environment)

    def beat(self, **environment: str) -> Process:
        command = ["beat", "--loglevel=INFO", "--schedule", str(self._logs / "beat-schedule")]
        return self._start("beat", command, environment)

    def logged(self) -> bytes:
        """Return what the processes wrote into their logs."""
        return b"".join(log.read_bytes() for log in self._logs.glob("*.log"))

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> Process:
        process = Process(
            [*CELERY, *command], {**self._environment, **environment}, self._logs / f"{name}.log"
        )
        self._processes.append(process)
        return process

    def _keep(self) -> None:
        while not self._done.wait(0.1):
            dead = [p for p in self._processes if p.is_wanted and not p.is_alive]
            if dead and not self._done.wait(PAUSE_SECONDS):
                for process in dead:
                    process.start()
