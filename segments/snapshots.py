"""Snapshots: a segment's rule, evaluated on the profile table its source has now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from config.problems import problem
from segments import parquet
from segments.csv_layout import ROW
from segments.models import ProfileTable, Segment, Snapshot, Source
from segments.rule_sql import Compiled, compile_rule
from segments.rules import InvalidRule, parse_rule


class NotRefreshed(Exception):
    """A segment that could not be evaluated; `problem` says why, as it is stored."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        super().__init__(stored["code"])
        self.problem = dict(stored)


def refresh_segment(*, segment: Segment, now: datetime) -> Snapshot:
    """Evaluate the segment into a new snapshot and make it the current one.

    Raises NotRefreshed after storing the problem on the segment; its snapshot stays.
    """
    try:
        snapshot = _evaluate(segment, now)
    except NotRefreshed as error:
        Segment.objects.filter(pk=segment.pk).update(problem=error.problem)
        segment.problem = error.problem
        raise
    return snapshot


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


def count_members(*, source: Source, rule: Any, sample: int = 10) -> Counted:
    """Evaluate a rule that need not be saved; raises InvalidRule and NotRefreshed."""
    table = _table_of(source)
    where = compile_rule(parse_rule(rule, source.columns), source.columns)
    select = f"FROM read_parquet(?) WHERE {where.sql}"
    with _reading(source, table) as path, parquet.connect() as connection:
        values = [path, *where.values]
        members = parquet.rows(connection, f"SELECT count(*) AS members {select}", values)
        first = parquet.rows(
            connection, f"SELECT * EXCLUDE ({ROW}) {select} LIMIT {sample:d}", values
        )
    return Counted(members[0]["members"], first)


def _evaluate(segment: Segment, now: datetime) -> Snapshot:
    source = segment.source
    table = _table_of(source)
    try:
        where = compile_rule(parse_rule(segment.rule, source.columns), source.columns)
    except InvalidRule as error:
        raise NotRefreshed(error.problem) from error
    with _reading(source, table) as path, parquet.writing("snapshots") as new:
        members = _copy_members(path, where, new.path, len(source.columns))
    with transaction.atomic():
        snapshot = Snapshot.objects.create(
            segment=segment, table=table, file=new.name, members=members, created_at=now
        )
        # What was changed meanwhile is evaluated by whoever changed it.
        same = Segment.objects.filter(pk=segment.pk, version=segment.version, source__table=table)
        same.update(snapshot=snapshot, problem=None)
    segment.refresh_from_db()
    return snapshot


def _copy_members(path: str, where: Compiled, target: str, columns: int) -> int:
    with parquet.connect() as connection:
        copied = connection.execute(
            f"""COPY (SELECT * FROM read_parquet(?) WHERE {where.sql})
            TO {parquet.literal(target)} {parquet.written_as(columns)}""",
            [path, *where.values],
        ).fetchone()
    return int(copied[0]) if copied else 0


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
