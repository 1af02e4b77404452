"""Settle: what was accepted is recorded as delivered, so that the next run neither repeats nor
forgets anything. It always runs, also after failure or cancelling.
"""

from datetime import datetime
from typing import Any

import duckdb
from django.db import transaction

from exports.models import Batch, Export, Run
from exports.pipeline import ledger
from segments.parquet import connect, literal, reading, writing

# What a batch's state means for its contacts: they have it, or they stay due.
_FATE = {
    Batch.Status.ACCEPTED: "delivered",
    Batch.Status.CONFIRMED: "delivered",
    Batch.Status.SENDING: "due",  # it left, and no answer says what became of it
    Batch.Status.UNKNOWN: "due",
    Batch.Status.REFUSED: "due",
}


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
        run.finish(status, now=now, problem=problem)
        return
    state = _write_state(run) if run.batches.filter(status__in=_FATE).exists() else None
    with transaction.atomic():
        run.renew_lease(now)
        if state:
            Export.objects.filter(pk=run.export_id).update(
                delivered=state, delivered_to=destination(run)
            )
        run.finish(status, now=now, problem=problem, **_final_figures(run))


def ending(run: Run) -> str:
    """Return the state of a run that has nothing left to do, by how its contacts fared."""
    figures = _final_figures(run)
    if run.rejected_before or figures["rejected_after"] or figures["unknown"]:
        return Run.Status.WITH_REJECTS
    return Run.Status.SUCCESSFUL if run.to_send else Run.Status.SKIPPED


def _final_figures(run: Run) -> dict[str, Any]:
    figures = ledger.figures(run)
    # Accepted contacts whose result was never asked for are unknown too.
    return figures | {"unknown": figures["accepted"] - figures["confirmed"]}


def _write_state(run: Run) -> str:
    before = state_before(run)
    with reading(run.plan) as plan, writing("states") as new, connect() as db:
        load_ledger(db, run)
        if before is None:
            db.execute("CREATE TABLE delivered (email VARCHAR, hash UBIGINT)")
            _copy(db, plan, new.path)
        else:
            with reading(before) as path:
                db.execute(f"CREATE VIEW delivered AS FROM read_parquet({literal(path)})")
                _copy(db, plan, new.path)
    return new.name


def load_ledger(db: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Give a DuckDB connection the run's ledger.

    `ledger`: first, size, status, fate; `theirs`: position, code, words of those refused.
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


def _copy(db: duckdb.DuckDBPyConnection, plan: str, path: str) -> None:
    quoted = path.replace("'", "''")
    db.execute("CREATE VIEW plan AS FROM read_parquet('{}')".format(plan.replace("'", "''")))
    db.execute(f"COPY ({_STATE}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")


# Whoever is not in the plan keeps what was known of them: people who left the segment are still
# on the list. Contacts that stay due have no hash, so the next plan sends them again.
_STATE = """
WITH sent AS (
    SELECT unnest(range(first, first + size)) AS position, fate FROM ledger WHERE fate IS NOT NULL
), fates AS (
    SELECT plan.email, plan.hash, CASE
        WHEN plan.action = 'unchanged' THEN 'delivered'
        WHEN theirs.position IS NOT NULL THEN 'due'
        ELSE sent.fate END AS fate
    FROM plan
    LEFT JOIN sent ON sent.position = plan.position
    LEFT JOIN theirs ON theirs.position = plan.position
    WHERE plan.action <> 'rejected'
), known AS (
    SELECT email, CASE WHEN fate = 'delivered' THEN hash END AS hash FROM fates
    WHERE fate IS NOT NULL
)
SELECT email, hash FROM known
UNION ALL
SELECT delivered.email, delivered.hash
FROM delivered ANTI JOIN known ON known.email = delivered.email
"""
