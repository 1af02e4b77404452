"""Parquet files behind Django's storage API, read and written with DuckDB.

A file is written under a new name and becomes true when the database row that names it
commits; nothing is ever changed in place.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.core.files import File
from django.db import transaction

from config.storages.stored import own_storage
from segments.columns import RESERVED

# Of a profile table: the columns that people know, not those that Facteur adds to them.
PROFILE = f"COLUMNS(lambda name: NOT starts_with(name, '{RESERVED}'))"


def connect() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection of its own, held to the memory of one worker.

    It reads and writes local files only, and loads no extensions from anywhere.
    """
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": settings.DUCKDB_MEMORY_LIMIT,
            "threads": settings.DUCKDB_THREADS,
            "temp_directory": str(_work_folder()),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        },
    )


def quote(identifier: str) -> str:
    """Return `identifier` as SQL: column names come from people's files."""
    return '"' + identifier.replace('"', '""') + '"'


def written_as(columns: int) -> str:
    """Return the options of COPY for a Parquet file of so many columns.

    A row group is held in memory, so it has fewer rows when there are more columns.
    """
    rows = min(122_880, max(2048, 800_000 // columns))
    return f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {rows})"


def literal(text: str) -> str:
    """Return `text` as an SQL string, where DuckDB takes no parameter: paths of files."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def scratch(suffix: str) -> Iterator[str]:
    """Give the path of a file that is gone afterwards."""
    path = _work_folder() / f"{uuid.uuid4().hex}{suffix}"
    try:
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def reading(name: str) -> Iterator[str]:
    """Give the local path of a stored file.

    Raises FileNotFoundError when it is gone, and StorageUnavailable.
    """
    with own_storage().reading(name) as path:
        yield path


@contextmanager
def reading_all(names: list[str]) -> Iterator[list[str]]:
    """Give the local paths of several stored files."""
    with ExitStack() as stack:
        yield [stack.enter_context(reading(name)) for name in names]


class NewFile:
    """A file that is being written: at `path` now, under `name` in the storage afterwards."""

    def __init__(self, folder: str) -> None:
        self.name = f"{folder}/{uuid.uuid4().hex}.parquet"
        self.path = str(_work_folder() / f"{uuid.uuid4().hex}.parquet")


class _Finished(File):  # type: ignore[type-arg]  # not generic when run
    """A finished file that the local storage moves instead of copying."""

    def temporary_file_path(self) -> str:
        return str(self.name)


@contextmanager
def writing(folder: str) -> Iterator[NewFile]:
    """Give a new file to write; it is stored when the block ends, and gone when it raises."""
    new = NewFile(folder)
    try:
        yield new
        store(new.path, new.name)
    finally:
        Path(new.path).unlink(missing_ok=True)


def delete_on_commit(names: Iterable[str]) -> None:
    """Delete stored files once the transaction commits; "" is no file.

    A crash in between leaves files that no row names, which retention finds.
    """
    for name in filter(None, names):
        transaction.on_commit(partial(own_storage().delete, name))


def delete_leftovers(*, before: datetime) -> None:
    """Delete what processes that died have left in this machine's folder for work."""
    for path in _work_folder().iterdir():
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before.timestamp():
                path.unlink()


def store(path: str, name: str) -> None:
    """Store the finished file at `path` under `name`; a local storage moves it there.

    Raises StorageUnavailable.
    """
    with Path(path).open("rb") as file:
        own_storage().save(name, _Finished(file, name=path))


def rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Any = ()) -> list[dict[str, Any]]:
    """Return the result of a query, one dictionary a row."""
    result = connection.execute(sql, values)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def names(connection: duckdb.DuckDBPyConnection, path: str) -> list[str]:
    """Return the names of the columns of the file at `path`, in their order."""
    described = connection.execute("SELECT * FROM read_parquet(?) LIMIT 0", [path]).description
    return [column[0] for column in described]


def first_row(sql: str, values: Any = ()) -> tuple[Any, ...] | None:
    """Return the first row of a query on a connection of its own; None when there is none."""
    with connect() as connection:
        row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
    return row


def _work_folder() -> Path:
    folder = settings.DATA_DIR / "work"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(folder)
