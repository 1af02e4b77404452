"""What is different between two profile tables of a source, for people to read."""

from collections.abc import Sequence
from typing import TypedDict

from segments import parquet
from segments.columns import Column, types_of
from segments.models import ProfileTable


class TypeChange(TypedDict):
    """A column whose values look like something else than before."""

    column: str
    before: str
    now: str


class Changes(TypedDict):
    """What a new table has that the one before had not, and the other way round.

    Rows are told apart by the key; without one only their number can be compared.
    """

    rows_before: int
    rows_added: int | None
    rows_removed: int | None
    columns_added: list[str]
    columns_gone: list[str]
    types_changed: list[TypeChange]


def compare_tables(
    before: ProfileTable, path: str, columns: Sequence[Column], *, key: str
) -> Changes:
    """Return what changes when the table at `path` follows `before`."""
    old, new = types_of(before.columns), types_of(columns)
    added, removed = _compare_rows(before, path, key) if key in old and key in new else (None, None)
    return Changes(
        rows_before=before.rows,
        rows_added=added,
        rows_removed=removed,
        columns_added=[name for name in new if name not in old],
        columns_gone=[name for name in old if name not in new],
        types_changed=_types_changed(before.columns, columns),
    )


def _types_changed(before: Sequence[Column], now: Sequence[Column]) -> list[TypeChange]:
    looked = {column["name"]: column.get("looks", column["type"]) for column in before}
    looks = {column["name"]: column.get("looks", column["type"]) for column in now}
    return [
        TypeChange(column=name, before=looked[name], now=look)
        for name, look in looks.items()
        if name in looked and looked[name] != look
    ]


def _compare_rows(before: ProfileTable, path: str, key: str) -> tuple[int | None, int | None]:
    column = parquet.quote(key)
    sql = f"""
        SELECT count(*) FILTER (old.key IS NULL), count(*) FILTER (new.key IS NULL)
        FROM (SELECT {column} AS key FROM read_parquet(?)) AS old
        FULL JOIN (SELECT {column} AS key FROM read_parquet(?)) AS new USING (key)
    """
    try:
        with parquet.reading(before.file) as old:
            added, removed = parquet.first_row(sql, [old, path]) or (None, None)
    except FileNotFoundError:
        return None, None  # the table is about to be replaced by a whole one
    return added, removed
