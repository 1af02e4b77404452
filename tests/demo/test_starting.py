"""What `make demo` says when it can't start, before it touches anything."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.embedded.processes import free_port

HOUSE = Path(__file__).parents[2]


def start_demo(data: Path, port: int | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=HOUSE,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data), "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_port_that_is_taken_is_named_with_another_one_to_choose(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = start_demo(tmp_path, port)

    assert done.returncode == 1
    assert done.stderr == f"Port {port} is in use. Choose another one: PORT={port + 1} make demo\n"


@pytest.mark.parametrize("port", ["http", "65500"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = start_demo(tmp_path, port)

    assert done.returncode == 1
    assert done.stderr == f"PORT={port} is not a port. Choose a number up to 65435.\n"


def test_a_second_demonstration_does_not_touch_the_data_of_the_first(tmp_path: Path) -> None:
    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        done = start_demo(tmp_path, 8000)

    assert done.returncode == 1
    assert done.stderr.startswith(f"A demonstration is running with the data in {tmp_path}.")
    assert [path.name for path in tmp_path.iterdir()] == ["demo.lock"]


def test_a_sandbox_whose_port_was_taken_meanwhile_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "sandbox.port").write_text(str(port))

        done = start_demo(tmp_path, free_port())

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port}, the sandbox's, is in use.")
