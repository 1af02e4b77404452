"""Preview: the plan that a run would make of an export as it stands, shown and thrown away.

Nothing is sent and nothing is kept: the plan's file is deleted as soon as it is counted. Who on
the list must not be sent to is read for some seconds only; a run reads the rest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from config.problems import problem
from config.storages.stored import own_storage
from connections.activecampaign.answers import Status
from connections.activecampaign.errors import ActiveCampaignError
from connections.models import Connection
from connections.services import TIMEOUT, NotUsable, limiter_for, open_client
from exports.mapping import Mapping
from exports.models import Export
from exports.options import Options
from exports.pipeline.excerpts import Example, Rejected, examples_of, first_rejects
from exports.pipeline.forecast import minutes_for
from exports.pipeline.guards import Guard, last_members, planned_guards
from exports.pipeline.others import other_exports
from exports.pipeline.plan import MissingColumn, Plan, batch_ranges, write_plan
from exports.pipeline.planning.values import value_columns
from exports.pipeline.prepare import column_problem, planned_segment
from exports.pipeline.turns import Turns
from exports.pipeline.unreachable import FOLDER
from exports.pipeline.walking import Walk, read_on, write_walk
from exports.remapping import state_of
from exports.suppression import suppressed_files
from segments.models import Segment

# Seconds that a person waits while the list is read.
PATIENCE = 4.0


class NotPreviewable(Exception):
    """No plan can be made; `problem` says why (exports/problems.py)."""

    def __init__(self, why: dict[str, Any]) -> None:
        super().__init__(why["code"])
        self.problem = why


@dataclass(frozen=True)
class ListStanding:
    """How many on the list unsubscribed or bounced, and whether all of it could be read."""

    unsubscribed: int
    bounced: int
    is_complete: bool


@dataclass(frozen=True)
class Preview:
    """What a run would do now; `unrefreshed` are segments that it would refresh first.

    `titles` are the names of the plan's columns for people.
    """

    plan: Plan
    titles: dict[str, str]
    standing: ListStanding
    examples: list[Example]
    rejects: list[Rejected]
    requests: int
    minutes: int
    automations: bool
    guards: list[Guard]
    unrefreshed: list[Segment]


def make_preview(
    *,
    export: Export,
    segments: Sequence[Segment],
    room: int | None = None,
    full: bool = False,
    patience: float = PATIENCE,
) -> Preview:
    """Return what a run of `export` would do, which need not be saved; `segments` are its own.

    `room` is how many more contacts the account may hold, None when unknown. With `full`, a run
    that sends everybody. `patience` is how many seconds the list is read at most; 0: not at all.
    Raises NotPreviewable.
    """
    connection = _usable(export)
    members = [segment for segment in segments if _is_refreshed(segment)]
    if not members:
        raise NotPreviewable(_nobody_in(segments))
    with (
        _list_read(export, connection, patience) as (standing, unreachable),
        _planned(export, connection, members, unreachable, full=full) as plan,
    ):
        fields = value_columns(Mapping.from_json(export.mapping))
        titles = {name: field.label for field, name in fields}
        return Preview(
            plan=plan,
            titles=titles,
            standing=standing,
            examples=examples_of(export, plan),
            rejects=first_rejects(plan, titles),
            requests=len(list(batch_ranges(plan.to_send))),
            minutes=minutes_for(plan.to_send, connection),
            automations=Options.of(export).as_delivered(first=plan.is_first).automations,
            guards=_guards(export, connection, plan, room),
            unrefreshed=[segment for segment in segments if segment not in members],
        )


def _usable(export: Export) -> Connection:
    if export.connection is None:
        raise NotPreviewable(problem("detached"))
    if why := export.connection.problem():
        raise NotPreviewable(why)
    return export.connection


def _is_refreshed(segment: Segment) -> bool:
    snapshot = segment.snapshot
    return snapshot is not None and bool(snapshot.file) and snapshot.table is not None


def _nobody_in(segments: Sequence[Segment]) -> dict[str, Any]:
    if not segments:
        return problem("no_segments")
    return problem("no_snapshot", segment=segments[0].name)


@contextmanager
def _planned(
    export: Export,
    connection: Connection,
    segments: Sequence[Segment],
    unreachable: Sequence[str],
    *,
    full: bool,
) -> Iterator[Plan]:
    """Give the plan while its file is there."""
    mapping = Mapping.from_json(export.mapping)
    try:
        plan = write_plan(
            segments=[planned_segment(segment.snapshot, segment.name) for segment in segments],
            mapping=mapping,
            delivered=state_of(export),
            options=Options.of(export),
            unreachable=unreachable,
            suppressed=suppressed_files(export, connection.host),
            corrections=export.corrections,
            others=other_exports(export, host=connection.host, list_id=export.list_id),
            full=full,
        )
    except MissingColumn as missing:
        name = segments[missing.segment].name
        raise NotPreviewable(column_problem(missing.column, mapping, name)) from missing
    except FileNotFoundError as gone:  # retention was quicker
        raise NotPreviewable(_nobody_in(segments)) from gone
    try:
        if plan.members > settings.MAX_MEMBERS:
            why = problem("too_many_members", members=plan.members, most=settings.MAX_MEMBERS)
            raise NotPreviewable(why)
        yield plan
    finally:
        own_storage().delete(plan.file)


@contextmanager
def _list_read(
    export: Export, connection: Connection, patience: float
) -> Iterator[tuple[ListStanding, list[str]]]:
    """Give who on the list must not be sent to, as far as there is time, and their files."""
    walk = _walk(export, connection, patience) if patience else Walk({})
    write_walk(walk, FOLDER)
    files: list[str] = walk.progress["files"]
    try:
        standing = ListStanding(
            unsubscribed=walk.progress.get("unsubscribed", 0),
            bounced=walk.progress.get("bounced", 0),
            is_complete=walk.is_done,
        )
        yield standing, files
    finally:
        for file in files:
            own_storage().delete(file)


def _walk(export: Export, connection: Connection, patience: float) -> Walk:
    walk = Walk({})
    # The run says what is wrong with the account; a preview shows what can be known without it.
    with (
        suppress(NotUsable, ActiveCampaignError),
        open_client(connection, timeout=TIMEOUT) as client,
    ):
        walk = read_on(
            {},
            list_id=export.list_id,
            statuses=(Status.UNSUBSCRIBED, Status.BOUNCED),
            client=client,
            turns=Turns(limiter_for(connection), until=time.monotonic() + patience),
        )
    return walk


def _guards(export: Export, connection: Connection, plan: Plan, room: int | None) -> list[Guard]:
    """Return what a run would ask about before it sends."""
    is_stored = export.pk is not None
    before = (
        last_members(export, host=connection.host, list_id=export.list_id) if is_stored else None
    )
    return planned_guards(
        export=export, options=Options.of(export), plan=plan, before=before, room=room
    )
