"""What happened to every person of a run: its plan and its ledger, read together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
from django.core.files.storage import default_storage

from exports.mapping import Mapping
from exports.models import Run
from exports.pipeline.planning.stored import plan_sql
from exports.pipeline.planning.values import BLANKS, value_columns
from exports.pipeline.settle import load_ledger
from exports.reasons import Stage, reason_text, todo_text
from segments.parquet import connect, reading, rows


@dataclass(frozen=True)
class Reject:
    """Somebody who could not be delivered; `row` counts from 1 in the source's file.

    It is 0 of who left: they are in no file any more.
    """

    row: int
    key: str
    email: str
    stage: Stage
    code: str
    detail: str

    @property
    def text(self) -> str:
        return reason_text(self.code, self.detail)


@dataclass(frozen=True)
class ReasonCount:
    """How many were rejected at one stage for one reason; `key` stands for it in addresses."""

    stage: Stage
    text: str
    todo: str
    count: int
    key: str = ""


@dataclass(frozen=True)
class Held:
    """Somebody who was not sent for their own sake; `row` counts from 1 in the source's file."""

    row: int
    key: str
    email: str
    code: str

    @property
    def text(self) -> str:
        return reason_text(self.code, "")


@dataclass(frozen=True)
class PersonOutcome:
    """What a run did about one person: their values as sent, by label, and what came of it.

    `outcome` is one of unchanged, held_back, rejected_before, rejected_after, confirmed, accepted,
    unknown, not_attempted, and left_alone: left the segments, and nothing is done about it;
    `action` is why they were in the plan: new, changed, retried, left, …
    """

    row: int
    key: str
    email: str
    action: str
    outcome: str
    reason: str
    values: dict[str, str]


def count_rejects(run: Run) -> int:
    """Return how many members were rejected so far, by us or by ActiveCampaign."""
    return run.rejected_before + run.rejected_after


def reject_reasons(run: Run) -> list[ReasonCount]:
    """Return the reasons with how many members each concerns, the most frequent first."""
    with fates(run) as db:
        return reasons_in(db, run)


def reasons_in(db: duckdb.DuckDBPyConnection, run: Run) -> list[ReasonCount]:
    """Return the same from the opened `fates` of a run."""
    found = rows(
        db,
        f"SELECT stage, code, detail, {_REASON} AS reason, count(*) AS members FROM rejects"
        " GROUP BY ALL ORDER BY members DESC, stage, code, detail",
    )
    titles = titles_of(run)
    return [
        ReasonCount(
            r["stage"],
            reason_text(r["code"], _detail(r, titles)),
            todo_text(r["code"]),
            r["members"],
            r["reason"],
        )
        for r in found
    ]


def reject_rows(run: Run, *, limit: int, offset: int = 0, reason: str = "") -> list[Reject]:
    """Return some of the rejects, all or those for the reason with this key, in source order."""
    with fates(run) as db:
        return rejects_in(db, run, limit=limit, offset=offset, reason=reason)


def rejects_in(
    db: duckdb.DuckDBPyConnection, run: Run, *, limit: int, offset: int = 0, reason: str = ""
) -> list[Reject]:
    """Return the same from the opened `fates` of a run."""
    found = rows(
        db,
        f"SELECT * FROM rejects WHERE ? IN ('', {_REASON}) {_ORDER} LIMIT ? OFFSET ?",
        [reason, limit, offset],
    )
    titles = titles_of(run)
    return [reject_of(row, titles) for row in found]


def held_rows(run: Run, *, limit: int, offset: int = 0, reason: str = "") -> list[Held]:
    """Return some of those held back, all or those for the reason with this code."""
    with fates(run) as db:
        found = rows(
            db,
            "SELECT row, key, email, code FROM fates"
            " WHERE outcome = 'held_back' AND ? IN ('', code)"
            " ORDER BY segment, row, key LIMIT ? OFFSET ?",
            [reason, limit, offset],
        )
    return [
        Held(row["row"] or 0, row["key"] or "", row["email"] or "", row["code"]) for row in found
    ]


def find_person(run: Run, address: str) -> list[PersonOutcome]:
    """Return what happened to the members with this address; several when it is a duplicate."""
    if not _has_plan(run):
        return []
    fields = value_columns(Mapping.from_json(run.mapping))
    with fates(run) as db:
        found = rows(
            db,
            "SELECT * FROM fates WHERE email = lower(?) ORDER BY position NULLS LAST",
            [address.strip(BLANKS)],
        )
    titles = titles_of(run)
    return [
        PersonOutcome(
            row=row["row"] or 0,
            key=row["key"] or "",
            email=row["email"],
            action=row["action"],
            outcome=row["outcome"],
            reason=reason_text(row["code"], _detail(row, titles)) if row["code"] else "",
            values={field.label: row[name] or "" for field, name in fields},
        )
        for row in found
    ]


def _has_plan(run: Run) -> bool:
    """Whether the plan is still there: it is deleted after a time, and backups may lack it."""
    return bool(run.plan) and default_storage.exists(run.plan)


@contextmanager
def fates(run: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the views `fates` (every member) and `rejects`."""
    with connect() as db:
        if not _has_plan(run):
            db.execute(_NOBODY)
            yield db
            return
        with reading(run.plan) as path:
            load_ledger(db, run)
            db.execute(f"CREATE VIEW plan AS {plan_sql(path)}")
            db.execute(_FATES)
            yield db


_FATES = """
CREATE VIEW fates AS
WITH sent AS (SELECT unnest(range(first, first + size)) AS position, status FROM ledger)
SELECT plan.*,
    CASE
        WHEN action = 'unchanged' THEN 'unchanged'
        WHEN action = 'held' THEN 'held_back'
        WHEN action = 'rejected' THEN 'rejected_before'
        WHEN action = 'left' AND plan.position IS NULL THEN 'left_alone'
        WHEN theirs.code IS NOT NULL THEN 'rejected_after'
        WHEN sent.status IN ('confirmed', 'accepted', 'unknown') THEN sent.status
        ELSE 'not_attempted' END AS outcome,
    CASE WHEN reject IS NULL THEN theirs.code ELSE split_part(reject, ':', 1) END AS code,
    CASE WHEN reject IS NULL THEN theirs.words ELSE split_part(reject, ':', 2) END AS detail
FROM plan
LEFT JOIN sent ON sent.position = plan.position
LEFT JOIN theirs ON theirs.position = plan.position;
CREATE VIEW rejects AS
SELECT segment, source, generation, row, key, email, code, detail,
    CASE outcome WHEN 'rejected_before' THEN 'before' ELSE 'after' END AS stage
FROM fates WHERE outcome IN ('rejected_before', 'rejected_after')
"""
_NOBODY = """
CREATE TABLE fates (
    segment INTEGER, row BIGINT, key VARCHAR, email VARCHAR, outcome VARCHAR, code VARCHAR
);
CREATE TABLE rejects (
    segment INTEGER, source BIGINT, generation BIGINT, row BIGINT,
    key VARCHAR, email VARCHAR, code VARCHAR, detail VARCHAR, stage VARCHAR
)
"""
_ORDER = "ORDER BY stage DESC, segment, row, key"
REJECTS = f"SELECT * FROM rejects {_ORDER}"
# A reason in addresses: its words may quote a customer's address, which belongs in none.
_REASON = "stage || '-' || code || '-' || substr(md5(coalesce(detail, '')), 1, 8)"


def reject_of(row: dict[str, Any], titles: dict[str, str]) -> Reject:
    return Reject(
        row=row["row"] or 0,
        key=row["key"] or "",
        email=row["email"] or "",
        stage=row["stage"],
        code=row["code"],
        detail=_detail(row, titles),
    )


def _detail(row: dict[str, Any], titles: dict[str, str]) -> str:
    """Return a field's name instead of its column in the plan; ActiveCampaign's words stay."""
    detail = row["detail"] or ""
    return titles.get(detail, detail)


def titles_of(run: Run) -> dict[str, str]:
    return {name: field.label for field, name in value_columns(Mapping.from_json(run.mapping))}
