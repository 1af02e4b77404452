"""Files in a folder of this machine."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from config.storages.stored import ChangedMeanwhile, StoredFile

_PIECE = 1024 * 1024


class Folder(FileSystemStorage):
    """Django's storage in a folder, with what it takes to list and read large files."""

    shows_unfinished = True

    @contextmanager
    def reading(self, name: str) -> Iterator[str]:
        """Give the local path of a file; raises FileNotFoundError when it is gone."""
        path = self.path(name)
        if not Path(path).is_file():
            raise FileNotFoundError(name)
        yield path

    def walk(self, folder: str = "", *, deep: bool = False) -> Iterator[StoredFile]:
        """Yield the files of a folder, when `deep` those of the folders in it too.

        Links are not followed: what they lead to was not put here.
        """
        root = Path(self.location).resolve()
        if (root / folder).resolve() == root / folder:
            yield from _walk(root / folder, folder, deep)

    def fetch(self, file: StoredFile, path: str) -> None:
        """Copy a file to `path` as it was when it was listed.

        Raises FileNotFoundError, PermissionError, and ChangedMeanwhile when it is not that file
        any more.
        """
        with (
            os.fdopen(_open_beneath(str(self.location), file.name), "rb") as source,
            Path(path).open("wb") as target,
        ):
            _check_same(source.fileno(), file)
            left = file.size
            while piece := source.read(min(_PIECE, left)):
                target.write(piece)
                left -= len(piece)
            _check_same(source.fileno(), file)


def _walk(folder: Path, name: str, deep: bool) -> Iterator[StoredFile]:
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            inner = f"{name}/{entry.name}" if name else entry.name
            with suppress(FileNotFoundError):  # gone since
                if entry.is_file(follow_symlinks=False):
                    yield _listed(inner, entry.stat(follow_symlinks=False))
                elif deep and entry.is_dir(follow_symlinks=False):
                    yield from _walk(folder / entry.name, inner, deep)


def _listed(name: str, found: os.stat_result) -> StoredFile:
    modified_at = datetime.fromtimestamp(found.st_mtime, tz=UTC)
    version = f"{found.st_dev}-{found.st_ino}-{found.st_mtime_ns}"
    return StoredFile(name, found.st_size, modified_at, version)


def _open_beneath(root: str, name: str) -> int:
    """Open a file without following a link on the way, whoever puts one there meanwhile."""
    *folders, last = name.split("/")
    opened = [os.open(root, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for folder in folders:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            opened.append(os.open(folder, flags, dir_fd=opened[-1]))
        # Without waiting: a pipe would let nobody go on until somebody writes to it.
        return os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=opened[-1])
    except (FileNotFoundError, PermissionError):
        raise
    except OSError as error:
        raise ChangedMeanwhile(name) from error
    finally:
        for folder_number in opened:
            os.close(folder_number)


def _check_same(number: int, file: StoredFile) -> None:
    found = os.fstat(number)
    if not stat.S_ISREG(found.st_mode) or _listed(file.name, found) != file:
        raise ChangedMeanwhile(file.name)
