from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded.processes import NotReady
from config.embedded.supervisor import Child, Supervisor
from tests.waiting import eventually, is_alive

HOUSE = Path(__file__).parents[2]


@contextmanager
def supervised(folder: Path, *children: str) -> Iterator[subprocess.Popen[str]]:
    """Run a supervisor with these children (NAME=KIND) in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.config.supervised", folder, *children],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "all started\n"
            yield process
        finally:
            process.kill()


def pids_of(folder: Path, name: str) -> list[int]:
    return [int(line) for line in (folder / f"{name}.pids").read_text().split() if line.isdigit()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_children_and_the_supervisor_ends_quietly(
    tmp_path: Path, number: signal.Signals
) -> None:
    with supervised(tmp_path, "broker=polite", "worker=polite") as supervisor:
        supervisor.send_signal(number)
        output, _ = supervisor.communicate()

    assert output == "stopped quietly\n"
    assert supervisor.returncode == 0
    assert (tmp_path / "broker.pids").read_text().endswith("stopped\n")
    assert (tmp_path / "worker.pids").read_text().endswith("stopped\n")


def test_children_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    with supervised(tmp_path, "broker=polite", "worker=polite") as supervisor:
        supervisor.terminate()
        supervisor.wait()

    stopped_at = {
        name: (tmp_path / f"{name}.pids").stat().st_mtime_ns for name in ("broker", "worker")
    }
    assert stopped_at["worker"] < stopped_at["broker"]


def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, "worker=stubborn") as supervisor:
        supervisor.terminate()
        supervisor.wait()

    assert not is_alive(*pids_of(tmp_path, "worker"))


def test_the_children_of_a_child_are_stopped_too(tmp_path: Path) -> None:
    with supervised(tmp_path, "web=family") as supervisor:
        supervisor.terminate()
        supervisor.wait()

    assert len(pids_of(tmp_path, "web")) == 2
    eventually(lambda: not any(is_alive(pid) for pid in pids_of(tmp_path, "web")))


def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, "worker=polite") as supervisor:
        assert supervisor.stdout
        (first,) = pids_of(tmp_path, "worker")

        os.kill(first, signal.SIGKILL)

        eventually(lambda: len(pids_of(tmp_path, "worker")) == 2)
        assert supervisor.stdout.readline().startswith(
            "worker ended with exit code -9; starting it again in 1 s"
        )
        assert is_alive(pids_of(tmp_path, "worker")[1])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its orphanage")
def test_no_child_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with supervised(tmp_path, "broker=polite", "worker=polite") as supervisor:
        pids = pids_of(tmp_path, "broker") + pids_of(tmp_path, "worker")

        supervisor.kill()

        eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_the_output_of_a_child_is_in_its_log(tmp_path: Path) -> None:
    with supervised(tmp_path, "worker=polite"):
        assert (tmp_path / "logs" / "worker.log").read_text() == "good morning\n"


def test_a_large_log_makes_room_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "worker.log").write_bytes(b"x" * 10_000_001)

    with supervised(tmp_path, "worker=polite"):
        assert (tmp_path / "logs" / "worker.log").stat().st_size < 100

    assert (tmp_path / "logs" / "worker.log.1").stat().st_size == 10_000_001


def test_a_child_that_ends_before_it_is_ready_is_reported_with_its_log(tmp_path: Path) -> None:
    broken = Child("worker", [sys.executable, "-c", "exit('no such queue')"], ready=lambda: False)

    with Supervisor(tmp_path) as supervisor, pytest.raises(NotReady) as caught:
        supervisor.start(broken)

    assert "exit code 1" in str(caught.value)
    assert "no such queue" in str(caught.value)
