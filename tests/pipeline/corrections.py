"""Corrections as people make them of rejects, without the file that they upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.pipeline.conftest import Delivery


def correct(export: Delivery, key: str, target: str, *, was: str, value: str) -> None:
    """Have people correct one value of the profile with this key."""
    from exports.models import Export
    from segments import parquet

    source = export.export.segments.get().source
    generation = 0 if source.key_column else source.table_id
    with parquet.writing("corrections") as new, parquet.connect() as db:
        db.execute(
            "CREATE TABLE corrections (source BIGINT, generation BIGINT, key_column VARCHAR,"
            " key VARCHAR, target VARCHAR, was VARCHAR, value VARCHAR)"
        )
        values = [source.pk, generation, source.key_column, key, target, was, value]
        db.execute("INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        db.execute(f"COPY corrections TO {parquet.literal(new.path)} (FORMAT parquet)")
    Export.objects.update(corrections=new.name)
    export.export.refresh_from_db()
