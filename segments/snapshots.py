"""Snapshots: the members of segments, evaluated on the profile table their source has now."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.problems import problem
from segments import parquet
from segments.columns import ROW
from segments.models import ProfileTable, Segment, Snapshot, Source
from segments.rules.compiling import compile_for
from segments.rules.evaluation import count_and_pick, write_members
from segments.rules.sql import Compiled
from segments.rules.tree import InvalidRule

FOLDER = "snapshots"


class NotRefreshed(Exception):
    """A segment that could not be evaluated; `problem` says why, as it is stored."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__(stored["code"])
        self.problem = dict(stored)


def refresh_segment(*, segment: Segment, now: datetime) -> Snapshot:
    """Evaluate the segment into a new snapshot and make it the current one.

    Raises NotRefreshed after storing the problem on the segment; its snapshot stays.
    """
    outcome = refresh_segments(source=segment.source, segments=[segment], now=now)[segment.pk]
    if isinstance(outcome, NotRefreshed):
        raise outcome
    return outcome


def refresh_segments(
    *, source: Source, segments: Sequence[Segment], now: datetime
) -> dict[int, Snapshot | NotRefreshed]:
    """Evaluate segments of one source together; return what became of each, by its id.

    What can't be evaluated has its problem stored, keeps its snapshot, and stops nobody else.
    """
    outcomes: dict[int, Snapshot | NotRefreshed] = {}
    compiled: dict[int, Compiled] = {}
    for segment in segments:
        try:
            compiled[segment.pk] = compile_for(source, segment.rule, now=now, segment=segment)
        except InvalidRule as error:
            outcomes[segment.pk] = NotRefreshed(error.problem)
    fit = [segment for segment in segments if segment.pk in compiled]
    try:
        outcomes |= _evaluate(source, fit, [compiled[segment.pk] for segment in fit], now)
    except NotRefreshed as error:
        outcomes |= {segment.pk: error for segment in fit}
    for segment in segments:
        _note(segment, outcomes[segment.pk])
    return outcomes


@dataclass(frozen=True)
class Counted:
    """How many profiles a rule selects now, and the first of them."""

    members: int
    sample: list[dict[str, Any]]

    @property
    def names(self) -> list[str]:
        return list(self.sample[0]) if self.sample else []

    @property
    def profiles(self) -> list[list[Any]]:
        return [list(profile.values()) for profile in self.sample]


def count_members(
    *, source: Source, rule: Any, now: datetime, segment: Segment | None = None, sample: int = 10
) -> Counted:
    """Evaluate a rule that need not be saved; raises InvalidRule and NotRefreshed.

    `segment` is the one that may get the rule, if it is stored already.
    """
    table = _table_of(source)
    compiled = compile_for(source, rule, now=now, segment=segment)
    with _reading(source, table) as path:
        return Counted(*count_and_pick(path, compiled, sample=sample))


@contextmanager
def reading_members(snapshot: Snapshot) -> Iterator[str]:
    """Give an SQL relation of the members' profiles; raises FileNotFoundError when it is gone."""
    if snapshot.table is None:
        raise FileNotFoundError(snapshot.file)
    with parquet.reading(snapshot.table.file) as table, parquet.reading(snapshot.file) as rows:
        yield members_sql(table, rows)


def members_sql(table: str, rows: str) -> str:
    """Return the SQL relation of the profiles of a table whose row numbers a snapshot holds."""
    return (
        f"(SELECT profiles.* FROM read_parquet({parquet.literal(table)}) AS profiles"
        f" SEMI JOIN read_parquet({parquet.literal(rows)}) AS members USING ({ROW}))"
    )


def first_members(snapshot: Snapshot, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the first members, in the order of the table; raises FileNotFoundError."""
    with reading_members(snapshot) as members, parquet.connect() as connection:
        return parquet.rows(
            connection, f"SELECT {parquet.PROFILE} FROM {members} ORDER BY {ROW} LIMIT {limit:d}"
        )


def _evaluate(
    source: Source, segments: Sequence[Segment], rules: Sequence[Compiled], now: datetime
) -> dict[int, Snapshot | NotRefreshed]:
    table = _table_of(source)
    with _reading(source, table) as path, ExitStack() as stack:
        files = [stack.enter_context(parquet.writing(FOLDER)) for _segment in segments]
        members = write_members(path, rules, [file.path for file in files])
    outcomes: dict[int, Snapshot | NotRefreshed] = {}
    with transaction.atomic():
        for segment, file, count in zip(segments, files, members, strict=True):
            # Somebody may have deleted it meanwhile, which must cost the others nothing.
            if Segment.objects.select_for_update().filter(pk=segment.pk).exists():
                outcomes[segment.pk] = Snapshot.objects.create(
                    segment=segment, table=table, file=file.name, members=count, created_at=now
                )
            else:
                outcomes[segment.pk] = NotRefreshed(problem("segment_deleted"))
    return outcomes


def _note(segment: Segment, outcome: Snapshot | NotRefreshed) -> None:
    """Store on the segment what became of it."""
    # What was changed meanwhile is evaluated by whoever changed it.
    same = Segment.objects.filter(pk=segment.pk, version=segment.version)
    if isinstance(outcome, NotRefreshed):
        same.update(problem=outcome.problem)
    else:
        same.filter(source__table=outcome.table).update(snapshot=outcome, problem=None)
    with suppress(Segment.DoesNotExist):  # deleted meanwhile
        segment.refresh_from_db()


@contextmanager
def _reading(source: Source, table: ProfileTable) -> Iterator[str]:
    try:
        with parquet.reading(table.file) as path:
            yield path
    except FileNotFoundError as error:
        raise NotRefreshed(problem("file_gone", source=source.name)) from error


def _table_of(source: Source) -> ProfileTable:
    if source.table is None:
        raise NotRefreshed(problem("source_empty", source=source.name))
    return source.table
