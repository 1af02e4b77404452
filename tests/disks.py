"""Disks that are full, and have room again."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.storages.folder import Folder

SMALL, ENOUGH = "8k", "2g"


class FillableFolder(Folder):
    """A folder on a disk on which, while it is full, files end after their first bytes."""

    is_full = False

    def _save(self, name: str, content: Any) -> str:
        if not FillableFolder.is_full:
            return super()._save(name, content)
        unfinished = Path(self.path(name))
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(b"PAR1")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(unfinished))


def may_mount() -> bool:
    """Tell whether this process may mount a file system: root may, outside of most containers."""
    effective = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if "CapEff" in line
    )
    sys_admin = 21
    return bool(int(effective.split()[1], 16) >> sys_admin & 1)


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[str], None]]:
    """Let a folder be on a disk of its own, with room for next to nothing, for the block.

    Give the function that changes its size; needs `may_mount()`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={SMALL},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield lambda size: _resize(folder, size)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _resize(folder: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)
