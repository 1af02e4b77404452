"""Whom a run is about that delivers the rejects of another."""

import duckdb

from exports.models import Run
from exports.pipeline.planning.stored import plan_sql
from exports.pipeline.settle import load_ledger
from segments.parquet import reading


class RejectsGone(Exception):
    """The plan that says whom a run rejected is not kept any more."""


def create_chosen(db: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Create the table `chosen` (source, generation, key) of the members that a run rejected.

    Raises RejectsGone.
    """
    load_ledger(db, run)
    try:
        with reading(run.plan) as path:
            db.execute(f"CREATE TABLE chosen AS {_REJECTED.format(plan=plan_sql(path))}")
    except FileNotFoundError as error:
        raise RejectsGone from error


_REJECTED = """
SELECT DISTINCT source, generation, key FROM ({plan}) AS plan
LEFT JOIN theirs ON theirs.position = plan.position
WHERE key IS NOT NULL AND (action = 'rejected' OR theirs.position IS NOT NULL)
"""
