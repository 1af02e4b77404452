"""Copies of a bucket's files on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.storages.copies import IDLE_SECONDS, Copies

HOUSE = Path(__file__).parents[2]


def fetching(content: bytes, log: list[bytes] | None = None) -> Callable[[str], None]:
    """Return a function that fetches this content, and notes in `log` that it was called."""

    def fetch(path: str) -> None:
        Path(path).write_bytes(content)
        if log is not None:
            log.append(content)

    return fetch


def read(copies: Copies, name: str, content: bytes, log: list[bytes] | None = None) -> bytes:
    with copies.reading(name, fetching(content, log)) as path:
        return Path(path).read_bytes()


def kept(copies: Copies) -> set[str]:
    return {path.stem for path in copies.folder.glob("*.copy")}


def test_a_file_is_fetched_once(tmp_path: Path) -> None:
    copies, log = Copies(tmp_path, limit=100), []

    assert read(copies, "tables/a.parquet", b"once", log) == b"once"
    assert read(copies, "tables/a.parquet", b"never", log) == b"once"

    assert log == [b"once"]


def test_readers_leave_nothing_but_the_copy(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=100)

    read(copies, "tables/a.parquet", b"once")

    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    assert kept(copies) == {"tables-a.parquet"}


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=10)
    now = time.time()
    for age, name in ((30, "a"), (20, "b")):
        read(copies, name, b"12345")
        os.utime(copies.folder / f"{name}.copy", (now - age,) * 2)
    read(copies, "a", b"12345")  # and so b is the older one now

    read(copies, "c", b"12345")

    assert kept(copies) == {"a", "c"}


def test_what_nobody_used_for_a_day_goes(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=100)
    read(copies, "a", b"12345")
    long_ago = time.time() - IDLE_SECONDS - 60
    os.utime(copies.folder / "a.copy", (long_ago,) * 2)

    read(copies, "b", b"12345")

    assert kept(copies) == {"b"}


def test_a_file_over_the_limit_is_read_and_not_kept(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=3)

    assert read(copies, "a", b"12345") == b"12345"

    assert kept(copies) == set()


def test_a_file_that_is_being_read_stays_for_its_reader(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=5)

    with copies.reading("a", fetching(b"12345")) as path:
        read(copies, "b", b"12345")
        copies.discard("b")
        assert kept(copies) == set()
        assert Path(path).read_bytes() == b"12345"

    assert not Path(path).exists()


def test_what_could_not_be_fetched_leaves_nothing(tmp_path: Path) -> None:
    copies = Copies(tmp_path, limit=5)

    def fail(path: str) -> None:
        Path(path).write_bytes(b"half")
        raise ConnectionError

    with pytest.raises(ConnectionError), copies.reading("a", fail):
        raise AssertionError("there is nothing to read")

    assert kept(copies) == set()
    assert read(copies, "a", b"whole") == b"whole"


def test_several_readers_at_once_wait_for_one_fetch(tmp_path: Path) -> None:
    copies, log = Copies(tmp_path, limit=100), []
    found: list[bytes] = []

    def slowly(path: str) -> None:
        time.sleep(0.2)
        fetching(b"once", log)(path)

    def reader() -> None:
        with copies.reading("a", slowly) as path:
            found.append(Path(path).read_bytes())

    threads = [threading.Thread(target=reader) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [b"once"] * 5
    assert log == [b"once"]


READ_A_LOT = """
import random, sys
from pathlib import Path
from config.storages.copies import Copies

copies = Copies(Path(sys.argv[1]), limit=2500)
for turn in range(200):
    name = str(random.randrange(6))
    with copies.reading(name, lambda path: Path(path).write_bytes(name.encode() * 1000)) as path:
        assert Path(path).read_bytes() == name.encode() * 1000, name
    if turn % 10 == 0:
        copies.discard(name)
"""


def test_processes_that_fetch_and_make_room_at_once_never_miss_a_byte(tmp_path: Path) -> None:
    command = [sys.executable, "-c", READ_A_LOT, str(tmp_path)]

    processes = [subprocess.Popen(command, cwd=HOUSE) for _ in range(3)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert len(kept(Copies(tmp_path, limit=0))) <= 3
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
