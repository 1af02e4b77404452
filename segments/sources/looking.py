"""A look into a source's current table."""

from typing import Any

from segments import parquet
from segments.models import Source


def first_profiles(source: Source, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the first profiles of a source; raises FileNotFoundError when its file is gone."""
    if source.table is None:
        return []
    with parquet.reading(source.table.file) as path, parquet.connect() as connection:
        sql = f"SELECT {parquet.PROFILE} FROM read_parquet(?) LIMIT {limit:d}"
        return parquet.rows(connection, sql, [path])
