"""Services of sources: adding one, giving it a new file, correcting what its columns mean."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from segments import parquet
from segments.columns import Column
from segments.files.csv_files import read_csv
from segments.guessing import describe_columns, find_key_fault, guess_key
from segments.models import ProfileTable, Refresh, Segment, Source
from segments.problems import BadColumns, BadFile, describe_problem
from segments.refreshes.starting import start_refresh
from segments.rules.tree import InvalidRule, columns_of, parse_rule

FOLDER = "tables"


class SourceInUse(Exception):
    """A source that can't be removed: `segments` are built on it."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        super().__init__(f"{len(segments)} segments")
        self.segments = segments


def add_source(*, name: str, path: str, file_name: str, user: User | None, now: datetime) -> Source:
    """Make a source of the CSV file at `path`; `file_name` is what people call it.

    Raises BadFile.
    """
    with parquet.writing(FOLDER) as new:
        read = read_csv(path, new.path)
        columns = describe_columns(new.path, read.columns)
        key = guess_key(new.path, read.columns)
    with transaction.atomic():
        source = Source(name=name, columns=columns, key_column=key).author(user, now)
        source.save()
        source.table = _add_table(source, new.name, file_name, read.rows, user, now)
        source.save(update_fields=["table"])
    return source


def replace_file(
    *, source: Source, path: str, file_name: str, user: User | None, now: datetime
) -> Source:
    """Give a source the CSV file at `path` as its new profile table.

    Types and key that people corrected stay. Raises BadFile before anything is replaced, also
    when a column is missing that a segment or an export uses.
    """
    with parquet.writing(FOLDER) as new:
        read = read_csv(path, new.path)
        _check_nothing_missing(source, read.columns)
        _check_key(new.path, source.key_column, BadFile)
        described = describe_columns(new.path, read.columns, source.columns)
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=source.pk)
        source.claim_version(source.version)
        known = {column["name"]: column for column in source.columns}
        source.columns = [known.get(column["name"], column) for column in described]
        source.table = _add_table(source, new.name, file_name, read.rows, user, now)
        source.author(user, now).save()
        start_refresh(trigger=Refresh.Trigger.UPLOAD, user=user, source=source, now=now)
    return source


def change_source(
    *,
    source: Source,
    name: str,
    columns: list[Column],
    key_column: str,
    version: int,
    user: User,
    now: datetime,
) -> Source:
    """Save a source's name, what its columns mean, and its key.

    Raises BadColumns when the key has empty or repeated values or a segment's rule no longer
    fits, and ChangedMeanwhile.
    """
    if source.table is not None and key_column:
        with parquet.reading(source.table.file) as path:
            _check_key(path, key_column, BadColumns)
    _check_rules_still_fit(source, columns)
    with transaction.atomic():
        source.claim_version(version)
        source.name, source.columns, source.key_column = name, columns, key_column
        source.author(user, now).save()
    return source


def remove_source(*, source: Source) -> None:
    """Remove a source with its profiles; raises SourceInUse while segments are built on it."""
    with transaction.atomic():
        if segments := list(source.segments.order_by("name")):
            raise SourceInUse(segments)
        parquet.delete_on_commit([table.file for table in source.tables.all()])
        source.delete()


def first_profiles(source: Source, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the first profiles of a source; raises FileNotFoundError when its file is gone."""
    if source.table is None:
        return []
    with parquet.reading(source.table.file) as path, parquet.connect() as connection:
        sql = f"SELECT {parquet.PROFILE} FROM read_parquet(?) LIMIT {limit:d}"
        return parquet.rows(connection, sql, [path])


def uses_of(source: Source, columns: Iterable[str]) -> list[str]:
    """Return in words which segments and exports use these columns of a source."""
    wanted = set(columns)
    segments = list(source.segments.order_by("name").prefetch_related("exports"))
    # Exports stand above this room; what it may know of them is the relation's own data.
    exports = {export for segment in segments for export in segment.exports.all()}
    return [
        _("The segment “%(name)s” uses “%(column)s”.") % {"name": segment, "column": column}
        for segment in segments
        for column in sorted(wanted & set(columns_of(segment.rule)))
    ] + [
        _("The export “%(name)s” uses “%(column)s”.") % {"name": export, "column": column}
        for export in sorted(exports, key=str)
        for column in sorted(wanted & {field["column"] for field in export.mapping})
    ]


def _add_table(
    source: Source, file: str, file_name: str, rows: int, user: User | None, now: datetime
) -> ProfileTable:
    return ProfileTable.objects.create(
        source=source,
        file=file,
        original_name=file_name[:255],
        rows=rows,
        created_at=now,
        created_by=user,
    )


def _check_nothing_missing(source: Source, columns: Sequence[str]) -> None:
    missing = set(source.column_types) - set(columns)
    if uses := uses_of(source, missing):
        raise BadFile("columns_used", uses=" ".join(uses))
    if source.key_column in missing:
        raise BadFile("key_gone", column=source.key_column)


def _check_key(path: str, column: str, refusal: type[BadFile] | type[BadColumns]) -> None:
    fault = find_key_fault(path, column) if column else None
    if fault is None:
        return
    code = "key_empty" if fault["other"] is None else "key_twice"
    raise refusal(code, column=column, **fault)


def _check_rules_still_fit(source: Source, columns: list[Column]) -> None:
    uses = []
    for segment in source.segments.order_by("name"):
        try:
            parse_rule(segment.rule, columns)
        except InvalidRule as error:
            uses.append(f"“{segment}”: {describe_problem(error.problem)}")
    if uses:
        raise BadColumns("types_used", uses=" ".join(uses))
