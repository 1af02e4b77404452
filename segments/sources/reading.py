"""Reads a source anew: into a new profile table, which takes the place of the one before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from config.fields import DecryptionError
from config.problems import problem
from config.storages.problems import StorageUnavailable
from segments import parquet
from segments.databases.reading import read_query
from segments.files.reading import FileRows, Options, Read, locate, read_files
from segments.guessing import KeyFault, find_key_fault, guess_key
from segments.incoming import open_incoming
from segments.models import ProfileTable, Source
from segments.problems import BadDatabase, BadFile, Refused
from segments.sources.changes import Changes, compare_tables
from segments.sources.uses import uses_of
from segments.uploads import delete_upload, reading_upload

FOLDER = "tables"


class NothingToRead(Exception):
    """An uploaded file that has been read, or refused, already: there is nothing newer."""


@dataclass(frozen=True)
class Fresh:
    """A new table of a source, stored and checked, that is not in place yet."""

    file: str
    read: Read
    key_column: str
    changes: Changes | None


def read_source(*, source: Source, user: Any = None, now: datetime) -> ProfileTable:
    """Read a source and put the new table in place.

    Raises Refused and StorageUnavailable, with the problem stored on the source, and
    NothingToRead; the table that was there before stays.
    """
    fresh = read_anew(source)
    return put_in_place(source=source, fresh=fresh, user=user, now=now)


def read_anew(source: Source, *, try_again: bool = True) -> Fresh:
    """Read a source into a new stored table; raises Refused, StorageUnavailable
    and NothingToRead.

    What refuses it is stored as the source's problem. An uploaded file that was refused before
    is only tried again when `try_again` says so: until somebody does, the table there is counts.
    """
    if not try_again and source.problem and source.upload and source.table:
        raise NothingToRead(source.pk)
    with _noting_refusal(source):
        return _read_anew(source)


def put_in_place(
    *,
    source: Source,
    fresh: Fresh,
    user: Any = None,
    now: datetime,
    renew: Callable[[], None] = lambda: None,
) -> ProfileTable:
    """Make a new table the source's current one; what people changed meanwhile stays.

    `renew` keeps a worker's lease, in the same transaction. Raises Refused, with the problem
    stored on the source, when the table does not fit what was changed, and StorageUnavailable.
    """
    with _noting_refusal(source), transaction.atomic():
        renew()
        current = Source.objects.select_for_update().get(pk=source.pk)
        _check_still_fits(current, source, fresh)
        upload = current.upload if current.upload_id == source.upload_id else None
        known = {column["name"]: column for column in current.columns}
        table = ProfileTable.objects.create(
            source=current,
            file=fresh.file,
            original_name=_called([file["name"] for file in fresh.read.files]),
            rows=fresh.read.rows,
            columns=fresh.read.columns,
            files=fresh.read.files,
            changes=fresh.changes,
            created_at=now,
            created_by=user or (upload.created_by if upload else None),
        )
        current.columns = [known.get(column["name"], column) for column in fresh.read.columns]
        current.key_column = current.key_column or fresh.key_column
        current.table, current.problem = table, None
        if upload is not None:
            current.upload = None
        current.save(update_fields=["columns", "key_column", "table", "problem", "upload"])
        if upload is not None:
            delete_upload(upload)
    source.refresh_from_db()
    return table


@contextmanager
def _noting_refusal(source: Source) -> Iterator[None]:
    try:
        yield
    except (Refused, StorageUnavailable) as error:
        Source.objects.filter(pk=source.pk).update(problem=error.problem)
        source.problem = error.problem
        raise


def _read_anew(source: Source) -> Fresh:
    if source.kind == Source.Kind.UPLOAD and source.upload is None:
        _check_still_there(source)
        raise NothingToRead(source.pk)
    with parquet.writing(FOLDER) as new:
        read = _read(source, new.path)
        _check_nothing_missing(source, read.names)
        key = _key_of(source, new.path, read)
        before = source.table
        changes = compare_tables(before, new.path, read.columns, key=key) if before else None
    return Fresh(new.name, read, key, changes)


def _read(source: Source, target: str) -> Read:
    if source.kind == Source.Kind.DATABASE:
        return read_query(
            source.database_url,
            _password_of(source),
            source.query,
            target,
            timeout_seconds=source.timeout_seconds,
            known=source.columns,
        )
    options = Options.from_json(source.reading)
    with _files(source) as files:
        return read_files(files, target, options=options, known=source.columns)


def _password_of(source: Source) -> str:
    try:
        return str(source.database_password)
    except DecryptionError as error:
        raise BadDatabase("database_password_lost") from error


@contextmanager
def _files(source: Source) -> Iterator[Sequence[tuple[str, str]]]:
    if source.upload is not None:
        with reading_upload(source.upload) as path:
            yield [(path, source.upload.original_name)]
    else:
        with open_incoming(source.pattern, source.takes) as files:
            yield files


def _check_still_there(source: Source) -> None:
    if source.table is None:
        raise BadFile("source_empty", source=source.name)
    if not default_storage.exists(source.table.file):
        raise BadFile("file_gone", source=source.name)


def _check_nothing_missing(source: Source, names: Sequence[str]) -> None:
    missing = set(source.column_types) - set(names)
    if uses := uses_of(source, missing):
        raise BadFile("columns_used", uses=uses)
    if source.key_column in missing:
        raise BadFile("key_gone", column=source.key_column)


def _check_still_fits(current: Source, source: Source, fresh: Fresh) -> None:
    """Check what was asked of the table since `source` was loaded to be read."""
    _check_nothing_missing(current, fresh.read.names)
    if current.key_column and current.key_column not in (source.key_column, fresh.key_column):
        with parquet.reading(fresh.file) as path:
            _key_of(current, path, fresh.read)


def _key_of(source: Source, path: str, read: Read) -> str:
    """Return the source's key, checked; the first table of a source may suggest one."""
    if not source.key_column:
        may_guess = source.finds_key and source.table is None
        return guess_key(path, read.names) if may_guess else ""
    if fault := find_key_fault(path, source.key_column):
        raise BadFile(**key_problem(source.key_column, fault, read.files))
    return source.key_column


def key_problem(column: str, fault: KeyFault, files: list[FileRows]) -> dict[str, Any]:
    """Return why a column can't be the key; rows are counted as their files count them."""
    # Tables of before know no files, and were each read from one.
    files = files or [FileRows(name="", rows=max(fault["row"], fault["other"] or 0))]
    file, row = locate(files, fault["row"])
    # A single file need not be named.
    said = {"column": column, "row": row, "file": file if len(files) > 1 else ""}
    if fault["other"] is None:
        return problem("key_empty", **said)
    other_file, other = locate(files, fault["other"])
    code = "key_twice" if other_file == file else "key_twice_in_files"
    return problem(code, **said, other=other, other_file=other_file, value=fault["value"])


def _called(names: Sequence[str]) -> str:
    """Return what people call the files that a table was read from."""
    name = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)})"
    return name[:255]
