"""A disk that is full, and has room again: a file system in memory, mounted on a folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.scene import NotHere

SMALL, ENOUGH = "64k", "2g"


@contextmanager
def small(folder: Path) -> Iterator[Callable[[str], None]]:
    """Let a folder be on a disk of its own, with room for next to nothing, for the block.

    Give the function that changes its size. Raises NotHere.
    """
    if os.geteuid() != 0:
        raise NotHere("Mounting a small disk needs root.")
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=700", "tmpfs", folder], check=True
    )
    try:
        yield lambda size: _resize(folder, size)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _resize(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)
