"""The storages of this installation, and what they say of a file without opening it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from django.core.files.storage import storages


@dataclass(frozen=True)
class StoredFile:
    """A file in a storage: its name there, its size in bytes, when it was last written.

    `version` is another one whenever somebody has written to the file.
    """

    name: str
    size: int
    modified_at: datetime
    version: str


class ChangedMeanwhile(Exception):
    """The file is not the one that was listed: somebody has written to it."""


class Storage(Protocol):
    """What folders and buckets both do; see those for what they raise."""

    def reading(self, name: str) -> AbstractContextManager[str]: ...
    def walk(self, folder: str = "", *, deep: bool = False) -> Iterator[StoredFile]: ...
    def fetch(self, file: StoredFile, path: str) -> None: ...
    def save(self, name: str, content: Any) -> str: ...
    def exists(self, name: str) -> bool: ...
    def delete(self, name: str) -> None: ...

    # Whether a file is there under its name before it has been written to its end.
    shows_unfinished: bool


def own_storage() -> Storage:
    """Return the storage of the files that Facteur writes."""
    return cast(Storage, storages["default"])


def incoming_storage() -> Storage:
    """Return the storage of the files that others put there for Facteur to read."""
    return cast(Storage, storages["incoming"])
