"""Copies of a bucket's files on this machine, so that reading a file again needs no network.

Files never change, so a copy never gets old. The copies are bounded: those that were not used
for longest go first, and each goes after a day without use. Whoever reads one has a link of
their own to it, which stays when the copy goes.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

IDLE_SECONDS = 24 * 3600
_TURNS = 16


class Copies:
    """The copies in one folder, at most `limit` bytes of them."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder / "copies"
        self.limit = limit
        for each in (folder, self.folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def reading(self, name: str, fetch: Callable[[str], None]) -> Iterator[str]:
        """Give a local path of the file `name`; `fetch` writes it to the path that it gets."""
        link = self.folder.parent / f"{uuid.uuid4().hex}{Path(name).suffix}"
        try:
            self._take(name, fetch, link)
            yield str(link)
        finally:
            link.unlink(missing_ok=True)

    def discard(self, name: str) -> None:
        """Delete the copy of a file, if there is one."""
        self._path(name).unlink(missing_ok=True)

    def _take(self, name: str, fetch: Callable[[str], None], link: Path) -> None:
        if self._link(name, link):
            return
        with self._turn(name):
            if self._link(name, link):  # somebody else fetched it meanwhile
                return
            fetch(str(link))
            # The copy is there under its name at once, complete, or not at all.
            self._path(name).hardlink_to(link)
        self._make_room()

    def _link(self, name: str, link: Path) -> bool:
        try:
            link.hardlink_to(self._path(name))
        except FileNotFoundError:
            return False
        os.utime(link)  # and so of the copy: it was used now
        return True

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Let one process or thread at a time fetch a file; the others find it afterwards."""
        with (self.folder / f"turn-{crc32(name.encode()) % _TURNS}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_room(self) -> None:
        oldest_use = time.time() - IDLE_SECONDS
        room = self.limit
        for used_at, size, path in sorted(self._copies(), reverse=True):
            room -= size
            if room < 0 or used_at < oldest_use:
                path.unlink(missing_ok=True)

    def _copies(self) -> Iterator[tuple[float, int, Path]]:
        for path in self.folder.glob("*.copy"):
            with suppress(FileNotFoundError):
                found = path.stat()
                yield found.st_mtime, found.st_size, path

    def _path(self, name: str) -> Path:
        return self.folder / f"{name.replace('/', '-')}.copy"
