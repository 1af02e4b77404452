"""A stored rule, made ready to be evaluated on the profile table of a source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.storage import default_storage

from config.problems import problem
from segments.columns import ROW, Column, types_of
from segments.models import ProfileTable, RefreshSchedule, Segment, Source
from segments.parquet import quote
from segments.problems import Refused
from segments.rules.comparisons import Facts, compare
from segments.rules.references import check_references, segments_named_by
from segments.rules.sql import Compiled, Operand, Test
from segments.rules.tree import (
    Condition,
    Group,
    InvalidRule,
    Membership,
    Place,
    parse_rule,
)
from segments.rules.typed import companion_name

# Of a rule with the rules of the segments that it names.
MAX_TESTS = 1000


def compile_for(
    source: Source, rule: Any, *, now: datetime, segment: Segment | None = None
) -> Compiled:
    """Return a rule as SQL over the source's current table; raises InvalidRule.

    Relative dates are as of `now` where the system is. A dynamic, active segment that the rule
    names is evaluated with it; of another one, the members of its last refresh are meant.
    `segment` is the one whose rule this is, if it is stored already.
    """
    tree = parse_rule(rule, source.columns)
    known = segments_named_by(source, tree)
    check_references(tree, known, segment)
    return _Compiler(source, known, Today(now)).group(tree, ())


@dataclass(frozen=True)
class Today:
    """The day it is where the system is, looked up once a rule asks."""

    now: datetime

    @cached_property
    def day(self) -> date:
        zone = RefreshSchedule.objects.current().time_zone
        return self.now.astimezone(ZoneInfo(zone)).date()

    def __call__(self) -> date:
        return self.day


def companions_of(table: ProfileTable | None) -> frozenset[tuple[str, str]]:
    """Return the companions of a table by name, with the format that they were read in."""
    columns: Sequence[Column] = table.columns if table else []
    return frozenset(
        (name, column["format"]) for column in columns if (name := companion_name(column))
    )


class _Compiler:
    """Compiles one rule, with the rules of the segments that it names."""

    def __init__(self, source: Source, known: Mapping[int, Segment], today: Today) -> None:
        self.source, self.known = source, known
        self.columns = {column["name"]: column for column in source.columns}
        self.facts = Facts(today, companions_of(source.table))
        self.tests = 0

    def group(self, group: Group, place: Place) -> Compiled:
        parts = [self._part(part, (*place, at)) for at, part in enumerate(group.parts)]
        return Compiled(group.match, tuple(parts))

    def _part(self, part: Condition | Membership | Group, place: Place) -> Test | Compiled:
        if isinstance(part, Group):
            return self.group(part, place)
        self.tests += 1
        if self.tests > MAX_TESTS:
            raise InvalidRule({(): problem("rule_too_large", limit=MAX_TESTS)})
        if isinstance(part, Membership):
            return self._membership(part, place)
        return compare(part, self.columns[part.column], self.facts)

    def _membership(self, membership: Membership, place: Place) -> Compiled:
        segment = self.known[membership.segment]
        is_live = segment.is_active and segment.kind == Segment.Kind.DYNAMIC
        try:
            members = self._rule_of(segment) if is_live else self._snapshot_of(segment)
        except _Unusable as error:
            raise InvalidRule({place: error.problem}) from error
        return members if membership.operator == "in" else replace(members, negated=True)

    def _rule_of(self, segment: Segment) -> Compiled:
        try:
            return self.group(parse_rule(segment.rule, self.source.columns), ())
        except InvalidRule as error:
            if error.problem["code"] == "rule_too_large":
                raise
            raise _Unusable("rule_segment_broken", segment=segment.name) from error

    def _snapshot_of(self, segment: Segment) -> Compiled:
        snapshot = segment.snapshot
        if snapshot is None:
            raise _Unusable("rule_segment_not_refreshed", segment=segment.name)
        table = snapshot.table
        if table is None or not all(map(default_storage.exists, (snapshot.file, table.file))):
            raise _Unusable("rule_members_gone", segment=segment.name)
        if table == self.source.table:
            members = f"SELECT listed.{ROW} FROM read_parquet(?) AS listed"
            return _listed(ROW, members, snapshot.file)
        key = self.source.key_column
        if not key or (table.columns and key not in types_of(table.columns)):
            raise _Unusable("rule_no_key", segment=segment.name)
        # Not a semi join: DuckDB 2.0 takes everybody for a member when one stands inside an IN.
        members = (
            f"SELECT former.{quote(key)} FROM read_parquet(?) AS former WHERE former.{ROW} IN"
            f" (SELECT listed.{ROW} FROM read_parquet(?) AS listed)"
        )
        return _listed(quote(key), members, table.file, snapshot.file)


class _Unusable(Refused):
    """A segment whose members can't be asked for."""


def _listed(column: str, members: str, *files: str) -> Compiled:
    return Compiled(
        "all", (Test(Operand(f"coalesce({column} IN ({members}), false)", files), "{x}"),)
    )
