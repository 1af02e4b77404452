"""Settle: what was accepted is recorded as delivered, so that the next run neither repeats nor
forgets anything. It always runs, also after failure or cancelling.
"""

import logging
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import duckdb
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.leases import LeaseLost
from exports.models import Batch, Export, Run
from exports.options import Options
from exports.pipeline import ledger
from exports.pipeline.finish import finish_run
from exports.pipeline.planning.decisions import MEMORY
from exports.pipeline.planning.held import OTHER_EXPORT
from exports.pipeline.planning.state import SENT_ON_RETURN, Standing, create_delivered, listed
from exports.pipeline.planning.stored import plan_sql
from segments.parquet import connect, literal, reading, writing

log = logging.getLogger("facteur.runs")

# What a batch's state means for its contacts: they have it, or they stay due.
_FATE = {
    Batch.Status.ACCEPTED: "delivered",
    Batch.Status.CONFIRMED: "delivered",
    Batch.Status.SENDING: "unknown",  # it left, and no answer says what became of it
    Batch.Status.UNKNOWN: "unknown",
    Batch.Status.REFUSED: "refused",
}
# A plan that nobody approved changes nothing; one of which something was sent had been let go.
_IN_FORCE = (Run.Status.SENDING, Run.Status.CONFIRMING)


def destination(run: Run) -> str:
    """Return the list that the run writes to: another list starts from an empty state."""
    return f"{run.host}/{run.list_id}"


def state_before(run: Run) -> str | None:
    """Return the file of the delivered state that the run starts from; None when there is none."""
    export = run.export
    return export.delivered if export.delivered_to == destination(run) else None


def settle(run: Run, status: str, *, problem: dict[str, Any] | None = None, now: datetime) -> None:
    """Finish the run in `status`, with the new delivered state; raises LeaseLost.

    Raises duckdb.Error or OSError when the state can't be written; nothing has changed then.
    """
    if not run.plan:
        finish_run(run, status, now=now, problem=problem)
        return
    state = _write_state(run) if _changes_state(run) else None
    with transaction.atomic():
        run.renew_lease(now)
        if state:
            _set_delivered(run, state)
        finish_run(run, status, now=now, problem=problem, unsettled=False, **_final_figures(run))


def give_up(run: Run, why: dict[str, Any], *, now: datetime) -> None:
    """End a run that can't go on; raises LeaseLost, and DatabaseError without a database.

    When the delivered state can't be written, the run says so of itself: resuming it, or the next
    run of the export, records what was accepted before anything else is sent.
    """
    try:
        settle(run, Run.Status.FAILED, problem=why, now=now)
    except (LeaseLost, DatabaseError):
        raise
    except Exception as error:  # noqa: BLE001 - a full disk, a lost file: the run must end
        log.error("run %s: not settled, %s", run.pk, type(error).__name__)
        figures = _final_figures(run)
        finish_run(run, Run.Status.FAILED, now=now, problem=why, unsettled=True, **figures)


def settle_former_runs(run: Run) -> None:
    """Record what earlier runs of the export delivered and could not record when they ended.

    Raises LeaseLost, and what keeps the state from being written still.
    """
    for former in run.export.runs.filter(unsettled=True).order_by("queued_at", "pk"):
        former.export = run.export
        state = _write_state(former)
        with transaction.atomic():
            run.renew_lease(timezone.now())
            Run.objects.filter(pk=former.pk).update(unsettled=False)
            _set_delivered(former, state)
        run.export.refresh_from_db(fields=["delivered", "delivered_to"])
        log.info("run %s: settled by run %s", former.pk, run.pk)


def ending(run: Run) -> str:
    """Return the state of a run that has nothing left to do, by how its contacts fared."""
    figures = _final_figures(run)
    missing = run.read_back.get("missing", 0)
    if run.rejected_before or figures["rejected_after"] or figures["unknown"] or missing:
        return Run.Status.WITH_REJECTS
    return Run.Status.SUCCESSFUL if run.to_send else Run.Status.SKIPPED


def _final_figures(run: Run) -> dict[str, Any]:
    figures = ledger.figures(run)
    # Accepted contacts whose result was never asked for are unknown too.
    return figures | {"unknown": figures["accepted"] - figures["confirmed"]}


def _changes_state(run: Run) -> bool:
    """Whether something is known that the state does not say yet."""
    if run.batches.filter(status__in=_FATE).exists():
        return True
    if run.status not in _IN_FORCE:
        return False
    with reading(run.plan) as plan, connect() as db:
        return bool(db.execute(_OTHER_STANDINGS.format(plan=plan_sql(plan))).fetchall())


def _set_delivered(run: Run, state: str) -> None:
    exports = Export.objects.filter(pk=run.export_id)
    exports.update(delivered=state, delivered_to=destination(run))


def _write_state(run: Run) -> str:
    with ExitStack() as files:
        plan = files.enter_context(reading(run.plan))
        before = state_before(run)
        state = files.enter_context(reading(before)) if before else None
        new = files.enter_context(writing("states"))
        db = files.enter_context(connect())
        db.execute(f"SET memory_limit = '{MEMORY}'")
        load_ledger(db, run)
        create_delivered(db, state)
        db.execute(f"CREATE VIEW plan AS {plan_sql(plan)}")
        done = _LEFT[Export.Leavers(Options.from_json(run.options).leavers)]
        state_sql = _STATE.format(
            done=done, touched=listed(SENT_ON_RETURN), other_export=OTHER_EXPORT
        )
        db.execute(f"COPY ({state_sql}) TO {literal(new.path)} (FORMAT parquet, COMPRESSION zstd)")
    return new.name


def load_ledger(db: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Give a DuckDB connection the run's ledger.

    `ledger`: first, size, status, fate; `theirs`: position, code, words of those refused;
    `missing`: position of those who were looked up on the list and are not there.
    """
    batches = list(run.batches.values_list("first", "size", "status", "rejects"))
    db.execute(
        "CREATE TABLE ledger AS SELECT unnest(?::BIGINT[]) AS first, unnest(?::BIGINT[]) AS size,"
        " unnest(?::VARCHAR[]) AS status, unnest(?::VARCHAR[]) AS fate",
        [
            [first for first, *_ in batches],
            [size for _, size, *_ in batches],
            [str(status) for _, _, status, _ in batches],
            [_FATE.get(Batch.Status(status)) for _, _, status, _ in batches],
        ],
    )
    # Guesses by number in batches that are still open are nobody's fate yet.
    theirs = [
        (int(position), *reason)
        for _, _, status, rejects in batches
        if status not in ledger.UNSENT
        for position, reason in rejects.items()
    ]
    db.execute(
        "CREATE TABLE theirs AS SELECT unnest(?::BIGINT[]) AS position,"
        " unnest(?::VARCHAR[]) AS code, unnest(?::VARCHAR[]) AS words",
        [[row[0] for row in theirs], [row[1] for row in theirs], [row[2] for row in theirs]],
    )
    db.execute(
        "CREATE TABLE missing AS SELECT unnest(?::BIGINT[]) AS position",
        [run.read_back.get("due", [])],
    )


# Who left and needs no request, or came back to what they were last sent; and of whom the state
# says something else from now on.
_OTHER_STANDINGS = """
SELECT 1 FROM ({plan})
WHERE position IS NULL
    AND (action = 'left' OR action = 'unchanged' AND standing <> 'member' OR restates)
LIMIT 1
"""
# What somebody who left stands for once that is accepted.
_LEFT = {
    Export.Leavers.KEEP: Standing.LEFT,
    Export.Leavers.MARK: Standing.MARKED,
    Export.Leavers.UNSUBSCRIBE: Standing.UNSUBSCRIBED,
}
# Whoever has no fate keeps what was known of them. Members that stay due have no hash, so the
# next plan sends them again; those who left and stay due are found to have left again.
_STATE = """
WITH sent AS (
    SELECT unnest(range(first, first + size)) AS position, fate FROM ledger WHERE fate IS NOT NULL
), fates AS (
    SELECT plan.*, action IN ('left', 'held') AS is_gone, CASE
            WHEN action = 'unchanged' THEN 'delivered'
            WHEN action = 'held' THEN 'waiting'
            WHEN action = 'left' AND plan.position IS NULL THEN 'let_go'
            WHEN theirs.position IS NOT NULL THEN 'refused'
            WHEN plan.position IN (FROM missing) THEN 'unknown'
            ELSE sent.fate END AS fate
    FROM plan
    LEFT JOIN sent ON sent.position = plan.position
    LEFT JOIN theirs ON theirs.position = plan.position
    WHERE action NOT IN ('rejected', 'held') OR reject = '{other_export}'
), known AS (
    SELECT email,
        CASE WHEN is_gone AND fate <> 'unknown' OR fate = 'delivered' THEN hash END AS hash,
        targets, person,
        CASE
            WHEN fate = 'let_go' THEN 'left'
            WHEN fate = 'waiting' AND standing = 'member' THEN 'waiting'
            WHEN fate = 'waiting' THEN standing
            WHEN fate = 'delivered' THEN CASE WHEN is_gone THEN '{done}' ELSE 'member' END
            WHEN fate = 'unknown' AND is_gone THEN 'leaving'
            WHEN fate = 'refused' AND standing = 'waiting' THEN 'member'
            WHEN fate = 'refused' THEN coalesce(standing, 'refused')
            WHEN standing IN {touched} THEN standing
            ELSE 'member' END AS standing
    FROM fates
    WHERE fate IS NOT NULL AND NOT (is_gone AND fate = 'refused')
)
SELECT email, hash, targets, standing, person FROM known
UNION ALL
SELECT email, hash, targets, standing, person FROM delivered ANTI JOIN known USING (email)
"""
