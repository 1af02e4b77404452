"""One person and one segment: whether they are a member, and if not, why not."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segments import parquet
from segments.columns import RESERVED, ROW
from segments.models import Segment, Source
from segments.problems import describe_problem
from segments.rules.compiling import compile_for
from segments.rules.evaluation import write_members
from segments.rules.tree import VERSION, InvalidRule
from segments.rules.typed import BLANKS
from segments.rules.words import describe_rule
from segments.snapshots import reading_members

# An address may be that of several profiles; nobody reads more of them.
MOST = 20
Profile = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A profile; for who is no member, `unmet` says which conditions don't hold, in words.

    When none is unmet, the person is a member from the next refresh on.
    """

    profile: Profile
    is_member: bool
    unmet: tuple[str, ...] = ()


def find_people(segment: Segment, text: str, *, now: datetime) -> list[Person]:
    """Return who has `text` as key or e-mail address: the members first, then the others.

    Capital letters and outer blanks make no difference. Members are those of the last refresh,
    the others are looked for in the source as it is now. Raises FileNotFoundError.
    """
    members = _members(segment, text)
    others = [row for row in _profiles(segment.source, text) if not _is_among(row, members)]
    found = [Person(_known(row), is_member=True) for row in members.rows]
    unmet = _unmet(segment, others, now)
    return found + [
        Person(_known(row), is_member=False, unmet=why)
        for row, why in zip(others, unmet, strict=True)
    ]


@dataclass(frozen=True)
class _Members:
    rows: list[Profile]
    # Their row numbers mean the same as those of the source now.
    is_current: bool
    key: str


def _members(segment: Segment, text: str) -> _Members:
    source, snapshot = segment.source, segment.snapshot
    if snapshot is None:
        return _Members([], is_current=True, key=source.key_column)
    with reading_members(snapshot) as relation:
        rows = _matching(relation, source, text)
    return _Members(rows, snapshot.table_id == source.table_id, source.key_column)


def _profiles(source: Source, text: str) -> list[Profile]:
    if source.table is None:
        return []
    with parquet.reading(source.table.file) as path:
        return _matching(f"read_parquet({parquet.literal(path)})", source, text)


def _matching(relation: str, source: Source, text: str) -> list[Profile]:
    with parquet.connect() as connection:
        described = connection.execute(f"SELECT * FROM {relation} LIMIT 0").description
        # A table of long ago may lack what is a key or an address now.
        there = {column[0] for column in described}
        wanted = dict.fromkeys([source.key_column, *source.email_columns])
        tests = [
            f"lower(trim({parquet.quote(name)}, {BLANKS})) = lower(trim($1, {BLANKS}))"
            for name in wanted
            if name in there
        ]
        if not tests:
            return []
        sql = f"SELECT * FROM {relation} WHERE {' OR '.join(tests)} ORDER BY {ROW} LIMIT {MOST:d}"
        return parquet.rows(connection, sql, [text])


def _is_among(row: Profile, members: _Members) -> bool:
    if members.is_current:
        return any(row[ROW] == member[ROW] for member in members.rows)
    if members.key:
        return any(row.get(members.key) == member.get(members.key) for member in members.rows)
    return bool(members.rows)


def _known(row: Profile) -> Profile:
    return {name: value for name, value in row.items() if not name.startswith(RESERVED)}


def _unmet(segment: Segment, rows: list[Profile], now: datetime) -> list[tuple[str, ...]]:
    """Return for each row of the source in words what keeps it from satisfying the rule."""
    source = segment.source
    parts = (segment.rule or {}).get("conditions", [])
    rules = [{"version": VERSION, "match": "all", "conditions": [part]} for part in parts]
    try:
        compiled = [compile_for(source, rule, now=now) for rule in rules]
    except InvalidRule as error:
        return [(str(describe_problem(error.problem)),) for _row in rows]
    words = [describe_rule(rule, source.columns) for rule in rules]
    is_any = (segment.rule or {}).get("match") == "any"
    found = []
    for row in rows:
        holds = _holding(source, row[ROW], compiled) if rules else []
        is_enough = is_any and any(holds)
        missing = (said for said, is_true in zip(words, holds, strict=True) if not is_true)
        found.append(() if is_enough else tuple(missing))
    return found


def _holding(source: Source, row: int, rules: list[Any]) -> list[bool]:
    """Return which rules one row of the source's table satisfies."""
    assert source.table is not None  # noqa: S101  # it has a row
    with ExitStack() as stack:
        table = stack.enter_context(parquet.reading(source.table.file))
        alone = stack.enter_context(parquet.scratch(".parquet"))
        targets = [stack.enter_context(parquet.scratch(".parquet")) for _rule in rules]
        with parquet.connect() as connection:
            connection.execute(
                f"COPY (FROM read_parquet(?) WHERE {ROW} = ?) TO {parquet.literal(alone)}"
                " (FORMAT parquet)",
                [table, row],
            )
        return [members > 0 for members in write_members(alone, rules, targets)]
