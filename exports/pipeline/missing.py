"""Who a run sent and who is not on the list: found by a read-back, listed, and made due again."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

import duckdb
from django.db import transaction
from django.utils.translation import gettext as _

from config.spreadsheets import delimiter, formula_safe
from exports.models import Export, ReadBack, Run
from exports.pipeline.planning.state import create_delivered
from exports.pipeline.planning.stored import plan_sql
from exports.pipeline.settle import destination, load_ledger
from exports.pipeline.start import AlreadyRunning
from exports.pipeline.walking import MISSING, STANDINGS
from segments.parquet import connect, literal, reading, reading_all, writing

FOLDER = "read_backs"


class NothingDue(Exception):
    """Nobody is missing, or the export delivers to another list now."""


def count_sent(run: Run) -> int:
    """Return how many members the run sent and ActiveCampaign accepted."""
    with _sent(run) as db:
        [(count,)] = db.execute("SELECT count(*) FROM sent").fetchall()
    return int(count)


def addresses_sent(run: Run, *, first: int, most: int) -> list[str]:
    """Return some of their addresses, in the order of the plan."""
    with _sent(run) as db:
        found = db.execute(
            "SELECT email FROM sent ORDER BY position LIMIT ? OFFSET ?", [most, first]
        ).fetchall()
    return [email for (email,) in found]


def compare(run: Run, files: Sequence[str]) -> tuple[dict[str, int], str]:
    """Return how many of those sent have which standing, and the file with who is missing.

    `files` hold who was found on the list: email, standing. The name is "" when nobody is missing.
    """
    with _sent(run) as db, reading_all(list(files)) as paths, writing(FOLDER) as new:
        db.execute("CREATE TABLE found (email VARCHAR, standing VARCHAR)")
        if paths:
            db.execute("INSERT INTO found FROM read_parquet(?::VARCHAR[])", [paths])
        db.execute(_LOOKED_UP)
        counts = dict(
            db.execute("SELECT standing, count(*) FROM looked_up GROUP BY standing").fetchall()
        )
        db.execute(
            f"COPY (SELECT row, key, email FROM looked_up WHERE standing = '{MISSING}'"
            f" ORDER BY position) TO {literal(new.path)} (FORMAT parquet, COMPRESSION zstd)"
        )
    names = (*STANDINGS.values(), MISSING)
    result = {name: int(counts.get(name, 0)) for name in names}
    return result | {"asked": sum(result.values())}, new.name


def write_missing_csv(read_back: ReadBack, out: TextIO) -> None:
    """Write who is missing to `out`, safe to open in a spreadsheet."""
    writer = csv.writer(out, delimiter=delimiter())
    writer.writerow([_("Row"), _("Key"), _("E-mail")])
    with reading(read_back.missing_file) as path, connect() as db:
        result = db.execute("SELECT row, key, email FROM read_parquet(?)", [path])
        while page := result.fetchmany(1000):
            for row, *cells in page:
                writer.writerow([row, *(formula_safe(cell or "") for cell in cells)])


def make_due(read_back: ReadBack) -> int:
    """Have the next run send those who are missing again; return how many they are.

    Raises NothingDue, and AlreadyRunning while a run of the export is under way.
    """
    with transaction.atomic():
        # Locked, so that no run begins between this look and the new state.
        export = Export.objects.select_for_update().get(pk=read_back.run.export_id)
        if run := Run.objects.active().filter(export=export).first():
            raise AlreadyRunning(run)
        count = int(read_back.result.get(MISSING, 0))
        if not count or export.delivered_to != destination(read_back.run):
            raise NothingDue
        Export.objects.filter(pk=export.pk).update(
            delivered=_state_without(export.delivered, read_back.missing_file)
        )
        result = read_back.result | {"due": count}
        ReadBack.objects.filter(pk=read_back.pk).update(result=result)
    return count


def _state_without(state: str, missing: str) -> str:
    """Write a state in which nobody knows what those who are missing were last sent."""
    with reading_all([state, missing]) as paths, writing("states") as new, connect() as db:
        create_delivered(db, paths[0])
        db.execute(f"CREATE VIEW missing AS FROM read_parquet({literal(paths[1])})")
        db.execute(f"COPY ({_STATE}) TO {literal(new.path)} (FORMAT parquet, COMPRESSION zstd)")
    return new.name


@contextmanager
def _sent(run: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the view `sent`: the members that were accepted, with their rows."""
    with reading(run.plan) as path, connect() as db:
        load_ledger(db, run)
        db.execute(f"CREATE VIEW plan AS {plan_sql(path)}")
        db.execute(_SENT)
        yield db


_SENT = """
CREATE VIEW sent AS
WITH taken AS (
    SELECT unnest(range(first, first + size)) AS position FROM ledger
    WHERE status IN ('accepted', 'confirmed', 'unknown')
)
SELECT plan.position, plan.row, plan.key, plan.email FROM plan
SEMI JOIN taken ON taken.position = plan.position
ANTI JOIN theirs ON theirs.position = plan.position
WHERE plan.action <> 'left'
"""
_LOOKED_UP = """
CREATE VIEW looked_up AS
SELECT sent.*, coalesce(found.standing, 'missing') AS standing
FROM sent LEFT JOIN (SELECT email, any_value(standing) AS standing FROM found GROUP BY email) found
    ON found.email = sent.email
"""
_STATE = """
SELECT email, CASE WHEN email NOT IN (SELECT email FROM missing) THEN hash END AS hash, targets,
    standing, person
FROM delivered
"""
