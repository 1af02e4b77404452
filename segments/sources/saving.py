"""Services of sources: adding one, giving it a new file, changing it, removing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from config.fields import DecryptionError
from segments import parquet
from segments.columns import Column
from segments.guessing import find_key_fault
from segments.models import Refresh, Segment, Source, Upload
from segments.problems import BadColumns
from segments.refreshes.starting import start_refresh
from segments.rules.tree import InvalidRule, parse_rule
from segments.sources.reading import key_problem
from segments.uploads import delete_upload

# What decides which profiles a source holds: when one of these changes, it is read anew.
_DECISIVE = (
    "reading",
    "pattern",
    "takes",
    "database_url",
    "database_password",
    "query",
)
_SETTINGS = (*_DECISIVE, "name", "columns", "key_column", "finds_key", "timeout_seconds")
_AUTHOR = ("updated_at", "updated_by")


class SourceInUse(Exception):
    """A source that can't be removed: `segments` are built on it."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        super().__init__(f"{len(segments)} segments")
        self.segments = segments


class NameTaken(Exception):
    """Another source has been given this name at the same time."""


def add_source(*, source: Source, user: User | None, now: datetime) -> Source:
    """Save a new source and have it read; until then it has no table. Raises NameTaken."""
    with transaction.atomic():
        _save(source.author(user, now))
        _have_read(source, user, now)
    return source


def change_source(*, source: Source, version: int, user: User, now: datetime) -> Source:
    """Save a source that was changed, and have it read when it may hold other profiles now.

    Raises BadColumns when the key has empty or repeated values or can't be checked, or a segment's
    rule no longer fits; NameTaken and ChangedMeanwhile.
    """
    with transaction.atomic():
        source.claim_version(version)
        before = Source.objects.get(pk=source.pk)
        _take_over_what_was_read(source, before)
        if source.key_column != before.key_column:
            _check_key(source)
        _check_rules_still_fit(source, source.columns)
        _save(source.author(user, now), [*_SETTINGS, *_AUTHOR])
        if any(_differs(source, before, name) for name in _DECISIVE):
            _have_read(source, user, now)
    return source


def give_file(
    *, source: Source, upload: Upload, reading: dict[str, Any], user: User, now: datetime
) -> Source:
    """Have an uploaded file read in place of the profiles a source has now.

    `reading` is how the file is to be read. What people corrected about its columns stays.
    Raises ChangedMeanwhile.
    """
    with transaction.atomic():
        source.claim_version(source.version)
        source.upload, source.reading = upload, reading
        source.author(user, now).save(update_fields=["upload", "reading", *_AUTHOR])
        _have_read(source, user, now)
    return source


def discard_upload(*, source: Source) -> None:
    """Forget an uploaded file that could not be read; the profiles there are stay."""
    with transaction.atomic():
        upload, source.upload, source.problem = source.upload, None, None
        source.save(update_fields=["upload", "problem"])
        if upload is not None:
            delete_upload(upload)


def remove_source(*, source: Source) -> None:
    """Remove a source with its profiles; raises SourceInUse while segments are built on it."""
    with transaction.atomic():
        if segments := list(source.segments.order_by("name")):
            raise SourceInUse(segments)
        parquet.delete_on_commit([table.file for table in source.tables.all()])
        upload = source.upload
        source.delete()
        if upload is not None:
            delete_upload(upload)


def _take_over_what_was_read(source: Source, current: Source) -> None:
    """Let a source that somebody had open have the table that a worker has put in place since."""
    if source.table_id != current.table_id:
        said = {column["name"]: column for column in source.columns}
        source.columns = [said.get(column["name"], column) for column in current.columns]
    source.table, source.upload, source.problem = current.table, current.upload, current.problem


def _save(source: Source, fields: Sequence[str] | None = None) -> None:
    try:
        with transaction.atomic():
            source.save(update_fields=fields)
    except IntegrityError as error:
        raise NameTaken(source.name) from error


def _have_read(source: Source, user: User | None, now: datetime) -> None:
    trigger = Refresh.Trigger.UPLOAD if source.upload_id else Refresh.Trigger.ON_DEMAND
    start_refresh(trigger=trigger, user=user, source=source, again=True, now=now)


def _differs(source: Source, before: Source, name: str) -> bool:
    # As they are held: a password that nobody read is compared without the key for it.
    if source.__dict__[name] == before.__dict__[name]:
        return False
    try:
        return bool(getattr(source, name) != getattr(before, name))
    except DecryptionError:
        return True


def _check_key(source: Source) -> None:
    if source.table is None or not source.key_column:
        return
    try:
        with parquet.reading(source.table.file) as path:
            fault = find_key_fault(path, source.key_column)
    except FileNotFoundError as error:
        raise BadColumns("file_gone", source=source.name) from error
    if fault:
        raise BadColumns(**key_problem(source.key_column, fault, source.table.files))


def _check_rules_still_fit(source: Source, columns: Sequence[Column]) -> None:
    misfits = []
    for segment in source.segments.order_by("name"):
        try:
            parse_rule(segment.rule, columns)
        except InvalidRule as error:
            misfits.append({"by": "segment", "name": segment.name, "problem": error.problem})
    if misfits:
        raise BadColumns("types_used", uses=misfits)
