"""Prepare and plan: is everything there that the run needs, and what will it do?"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.problems import problem
from connections.activecampaign.client import ActiveCampaignClient
from connections.services import limiter_for_host
from exports.mapping import Mapping
from exports.models import Run
from exports.options import Options
from exports.pipeline import ledger
from exports.pipeline.finish import note_needs_approval
from exports.pipeline.guards import Guard, members_before, planned_guards, room_in
from exports.pipeline.interruptions import NotYet, Skip, Stop
from exports.pipeline.others import other_exports
from exports.pipeline.plan import (
    MissingColumn,
    Plan,
    PlannedSegment,
    RejectsGone,
    batch_ranges,
    write_plan,
)
from exports.pipeline.settle import ending, settle, settle_former_runs, state_before
from exports.pipeline.turns import Turns, open_account
from exports.pipeline.unreachable import read_unreachable
from exports.suppression import suppressed_files
from segments.columns import ColumnType
from segments.models import RefreshTask, Segment, Snapshot, Source
from segments.parquet import delete_on_commit
from segments.refreshes.starting import refresh_for_export, unfinished_refreshes_of

log = logging.getLogger("facteur.runs")

_UNSUCCESSFUL = (RefreshTask.Status.FAILED, RefreshTask.Status.SKIPPED)
REFRESH_PAUSE = timedelta(seconds=2)


def prepare(run: Run, *, now: datetime) -> None:
    """Freeze what the run is asked to do, and move it to planning.

    Raises Stop, Skip and NotYet: nothing has been sent then.
    """
    if run.export.connection is None:
        raise Stop(problem("detached"))
    run.connection = run.export.connection
    if why := run.connection.problem():
        raise Stop(why)
    segments = list(run.export.segments.select_related("snapshot").order_by("pk"))
    if not segments:
        raise Stop(problem("no_segments"))
    _check_upstream(run, segments)
    _refresh_missing(run, segments, now)
    if unfinished_refreshes_of(segments).exists():
        raise NotYet(problem("waiting_for_refresh"), REFRESH_PAUSE)
    run.start_planning(
        now=now,
        connection=run.connection,
        host=run.connection.host,
        list_id=run.export.list_id,
        mapping=run.export.mapping,
        options=Options.of(run.export).to_json(),
        segments=[_frozen(segment) for segment in segments],
    )


def read_destination(run: Run, until: float) -> datetime:
    """Check the list, and read on who on it must not be sent to, until the slice is over.

    Return when to go on. Raises Stop, NotYet and ActiveCampaignError.
    """
    with open_account(run) as client:
        turns = Turns(limiter_for_host(run.host), until=until)
        # After an error, it may be the list or the key that is gone.
        if (run.unreachable and not run.attempts) or _check_list(run, client, turns):
            read_unreachable(run, client, turns)
    return turns.wake_at


def plan_run(run: Run, until: float) -> datetime:
    """Write the plan and its ledger, and move the run to sending, or to somebody's decision.

    Return when to go on. Raises Stop when there is something that a person must change, NotYet
    and ActiveCampaignError.
    """
    with open_account(run) as client:
        turns = Turns(limiter_for_host(run.host), until=until)
        if not turns.take():
            return turns.wake_at
        room = room_in(client)
    make_plan(run, room)
    return timezone.now()


def make_plan(run: Run, room: int | None) -> None:
    """Do the same for an account with room for so many contacts more; None when unknown."""
    mapping = Mapping.from_json(run.mapping)
    chosen = _planned_segments(run)
    settle_former_runs(run)
    try:
        plan = write_plan(
            segments=chosen,
            mapping=mapping,
            delivered=state_before(run),
            options=Options.from_json(run.options),
            corrections=run.export.corrections,
            unreachable=run.unreachable["files"],
            suppressed=suppressed_files(run.export, run.host),
            others=other_exports(run.export, host=run.host, list_id=run.list_id),
            full=run.scope == Run.Scope.FULL,
            only=_rejecting_run(run, chosen),
        )
    except MissingColumn as missing:
        segment = run.segments[missing.segment]["name"]
        raise Stop(column_problem(missing.column, mapping, segment)) from missing
    except RejectsGone as gone:
        raise Stop(problem("rejects_gone")) from gone
    if plan.members > settings.MAX_MEMBERS:
        raise Stop(problem("too_many_members", members=plan.members, most=settings.MAX_MEMBERS))
    guards = planned_guards(
        export=run.export,
        options=Options.from_json(run.options),
        plan=plan,
        before=members_before(run),
        room=room,
        scope=run.scope,
    )
    _note_keys(run, chosen)
    _store_plan(run, plan, guards, now=timezone.now())


def _note_keys(run: Run, chosen: Sequence[PlannedSegment]) -> None:
    """Note by which column of its source each segment's people are known in the plan."""
    run.segments = [
        frozen | {"key_column": segment.key_column}
        for frozen, segment in zip(run.segments, chosen, strict=True)
    ]


def _store_plan(run: Run, plan: Plan, guards: list[Guard], *, now: datetime) -> None:
    with transaction.atomic():
        run.renew_lease(now)
        ledger.open_ledger(run, list(batch_ranges(plan.to_send)))
        delete_on_commit(run.unreachable["files"])
        figures = {
            "plan": plan.file,
            "segments": run.segments,
            "options": Options.from_json(run.options).as_delivered(first=plan.is_first).to_json(),
            "unreachable": run.unreachable | {"files": []},
            "members": plan.members,
            "unchanged": plan.unchanged,
            "to_send": plan.to_send,
            "not_attempted": plan.to_send,
            "rejected_before": plan.rejected,
            "held_back": plan.held,
            "left": plan.left,
            "leavers": plan.leavers,
            "reasons": plan.reasons,
            "held_reasons": plan.held_reasons,
            "reject_reasons": plan.reject_reasons,
        }
        if guards:
            run.ask_approval(guards, planned_at=now, **figures)
            note_needs_approval(run, now=now)
        else:
            run.start_sending(now=now, **figures)
    log.info("run %s: %s, %s of %s to send", run.pk, run.status, plan.to_send, plan.members)
    if not (guards or plan.to_send):
        settle(run, ending(run), problem=problem("nothing_to_send"), now=now)


def _rejecting_run(run: Run, chosen: Sequence[PlannedSegment]) -> Run | None:
    """Return the run whose rejects are delivered, None when this is about everybody.

    Raises Stop when it is not known, or knew people by another column than they are known by now.
    """
    if run.scope != Run.Scope.REJECTS:
        return None
    if run.rejects_of is None:
        raise Stop(problem("rejects_gone"))
    before = {segment["id"]: segment.get("key_column") for segment in run.rejects_of.segments}
    for frozen, segment in zip(run.segments, chosen, strict=True):
        if before.get(frozen["id"]) not in (None, "", segment.key_column):
            raise Stop(problem("rejects_rekeyed", segment=frozen["name"]))
    return run.rejects_of


def column_problem(column: str, mapping: Mapping, segment: str) -> dict[str, Any]:
    """Return the problem with a column that is gone from a segment, by what it was for."""
    code = "column_gone" if column in mapping.columns else "consent_column_gone"
    if column == mapping.email_column:
        code = "email_column_gone"
    return problem(code, column=column, segment=segment)


def _check_upstream(run: Run, segments: list[Segment]) -> None:
    """Raise Skip when the refresh that this run follows failed for one of its segments."""
    if run.refresh is None:
        return
    failed = run.refresh.tasks.filter(
        segment__in=segments,
        status__in=_UNSUCCESSFUL,
    ).select_related("segment")
    if task := failed.exclude(segment__is_active=False).first():
        raise Skip(problem("upstream_failed", segment=str(task.segment)))


def _refresh_missing(run: Run, segments: list[Segment], now: datetime) -> None:
    """Have the segments evaluated that have no members to send yet; once for each run.

    Raises Skip when that was tried and failed.
    """
    missing = [segment for segment in segments if _lacks_members(segment)]
    tried = RefreshTask.objects.filter(segment__in=missing, refresh__queued_at__gte=run.queued_at)
    if task := tried.filter(status__in=_UNSUCCESSFUL).select_related("segment").first():
        raise Skip(problem("upstream_failed", segment=str(task.segment)))
    if missing and not tried.exists():
        refresh_for_export(segments=missing, now=now)


def _lacks_members(segment: Segment) -> bool:
    is_kept_fresh = segment.kind == Segment.Kind.DYNAMIC and segment.is_active
    return is_kept_fresh and (segment.snapshot is None or not segment.snapshot.file)


def _frozen(segment: Segment) -> dict[str, Any]:
    if segment.snapshot is None:
        raise Stop(problem("no_snapshot", segment=segment.name))
    if (members := segment.snapshot.members) > settings.MAX_MEMBERS:
        raise Stop(problem("too_many_members", members=members, most=settings.MAX_MEMBERS))
    return {
        "id": segment.pk,
        "name": segment.name,
        "snapshot": segment.snapshot.pk,
        "members": segment.snapshot.members,
        "created_at": segment.snapshot.created_at.isoformat(),
    }


def _planned_segments(run: Run) -> list[PlannedSegment]:
    ids = [segment["snapshot"] for segment in run.segments]
    found = Snapshot.objects.select_related("segment__source", "table").in_bulk(ids)
    return [
        planned_segment(found.get(segment["snapshot"]), segment["name"]) for segment in run.segments
    ]


def planned_segment(snapshot: Snapshot | None, name: str) -> PlannedSegment:
    """Return a segment as a plan reads it; raises Stop when it has no members to read."""
    if snapshot is None or snapshot.table is None:
        raise Stop(problem("no_snapshot", segment=name))
    source = snapshot.segment.source
    return PlannedSegment(
        file=snapshot.file,
        table_file=snapshot.table.file,
        source_id=source.pk,
        table_id=snapshot.table.pk,
        key_column=source.key_column,
        date_orders=_date_orders(source),
    )


def _date_orders(source: Source) -> dict[str, str]:
    return {
        column["name"]: column["format"]
        for column in source.columns
        if column["type"] == ColumnType.DATE and column["format"]
    }


def _check_list(run: Run, client: ActiveCampaignClient, turns: Turns) -> bool:
    """Ask for the list before anything is sent: is it there, and may the key use it?

    Return False when the slice is over before its turn comes.
    """
    if not turns.take():
        return False
    client.list(run.list_id or 0)
    return True
