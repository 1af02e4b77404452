"""Excerpts of a plan for people to look at: some contacts as they leave, some who can't be sent."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from exports.mapping import Mapping
from exports.models import Export
from exports.options import Options
from exports.pipeline.plan import Plan
from exports.pipeline.planned import open_plan
from exports.reasons import planned_reason
from segments.parquet import connect, reading

# How many of each are shown.
EXAMPLES = 10
REJECTS = 20


@dataclass(frozen=True)
class Example:
    """One contact as it would leave, and why: its action in the plan, and its JSON."""

    action: str
    payload: str


@dataclass(frozen=True)
class Rejected:
    """A member that can't be sent, and why; `row` is the one in the file of the source."""

    row: int
    key: str
    email: str
    text: str


def examples_of(export: Export, plan: Plan) -> list[Example]:
    """Return a few contacts for each reason, in the order of the plan."""
    mapping, options = Mapping.from_json(export.mapping), Options.of(export)
    with open_plan(plan.file, mapping, options, list_id=export.list_id) as reader:
        return [
            Example(action, _laid_out(reader.contacts(position, 1)[position]))
            for position, action in _positions(plan).items()
        ]


def _laid_out(contact: str) -> str:
    return orjson.dumps(orjson.loads(contact), option=orjson.OPT_INDENT_2).decode()


def _positions(plan: Plan) -> dict[int, str]:
    """Return positions to show with their actions: of each action some, of the first ones most."""
    with reading(plan.file) as path, connect() as db:
        found = [
            db.execute(_FIRST_OF, [path, action, EXAMPLES]).fetchall() for action in plan.reasons
        ]
    # One of each in turn, until there are enough.
    turns = (of_action[n] for n in range(EXAMPLES) for of_action in found if n < len(of_action))
    chosen = sorted(next_one for _, next_one in zip(range(EXAMPLES), turns, strict=False))
    return dict(chosen)


_FIRST_OF = """
SELECT position, action FROM read_parquet(?)
WHERE action = ? AND position IS NOT NULL LIMIT ?
"""


def first_rejects(plan: Plan, titles: dict[str, str]) -> list[Rejected]:
    """Return the first who can't be sent; `titles` are the names of the plan's columns."""
    with reading(plan.file) as path, connect() as db:
        found = db.execute(_REJECTED, [path, REJECTS]).fetchall()
    return [
        Rejected(row, key or "", email or "", planned_reason(reject, titles))
        for row, key, email, reject in found
    ]


_REJECTED = """
SELECT row, key, email, reject FROM read_parquet(?) WHERE action = 'rejected' LIMIT ?
"""
