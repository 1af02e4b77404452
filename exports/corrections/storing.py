"""Corrections as they are kept: a file of an export, merged with whatever comes later."""

import dataclasses
from collections.abc import Sequence

from django.db import transaction

from config.storages.stored import own_storage
from exports.corrections.reading import Correction
from exports.models import Export
from exports.pipeline.planning.corrections import corrections_sql
from segments import parquet
from segments.parquet import connect, delete_on_commit, literal, reading, writing

FOLDER = "corrections"
_COLUMNS = {
    "source": "BIGINT",
    "generation": "BIGINT",
    "key_column": "VARCHAR",
    "key": "VARCHAR",
    "target": "VARCHAR",
    "was": "VARCHAR",
    "value": "VARCHAR",
}


def write_corrections(corrections: Sequence[Correction]) -> str:
    """Return the name of a new file with these; nobody uses it before it is taken."""
    cells = [list(cells) for cells in zip(*map(dataclasses.astuple, corrections), strict=True)]
    chosen = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, kind in _COLUMNS.items())
    with writing(FOLDER) as new, connect() as db:
        db.execute(f"CREATE TABLE new AS SELECT {chosen}", cells)
        db.execute(f"COPY new TO {literal(new.path)} (FORMAT parquet)")
    return new.name


@transaction.atomic
def take_corrections(*, export: Export, file: str) -> None:
    """Keep the corrections of a file with those the export has; of one value, the newer wins.

    Raises FileNotFoundError when the file is gone.
    """
    locked = Export.objects.select_for_update().get(pk=export.pk)
    before = locked.corrections
    if not own_storage().exists(file):
        raise FileNotFoundError(file)
    _name(export, _merged(before, file) if before else file)
    delete_on_commit([before, file] if before else [])


@transaction.atomic
def drop_corrections(*, export: Export) -> None:
    """Forget what was corrected by hand: from now on, values are what the source says."""
    locked = Export.objects.select_for_update().get(pk=export.pk)
    _name(export, "")
    delete_on_commit([locked.corrections])


def count_corrected(export: Export) -> int:
    """Return of how many members values were corrected by hand."""
    if not export.corrections or not own_storage().exists(export.corrections):
        return 0
    with reading(export.corrections) as path:
        found = parquet.first_row(
            "SELECT count(*) FROM (SELECT DISTINCT source, generation, key FROM read_parquet(?))",
            [path],
        )
    return int(found[0]) if found else 0


def _name(export: Export, file: str) -> None:
    export.corrections = file
    Export.objects.filter(pk=export.pk).update(corrections=file)


def _merged(before: str, file: str) -> str:
    with reading(before) as old, reading(file) as added, writing(FOLDER) as new, connect() as db:
        db.execute(f"CREATE VIEW old AS {corrections_sql(old)}")
        db.execute(f"CREATE VIEW added AS {corrections_sql(added)}")
        db.execute(
            "COPY (FROM added UNION ALL BY NAME FROM old"
            " ANTI JOIN added USING (source, generation, key_column, key, target))"
            f" TO {literal(new.path)} (FORMAT parquet)"
        )
    return new.name
