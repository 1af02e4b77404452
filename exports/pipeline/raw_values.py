"""The rejects of a run with their values as they are in the source, for people to correct."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from exports.mapping import Mapping
from exports.models import Run
from exports.pipeline.outcomes import Reject, fates, reject_of, titles_of
from exports.pipeline.planning.values import value_columns
from segments.columns import ROW
from segments.models import Snapshot
from segments.parquet import literal, quote, reading

# Rejects that are held in memory at a time.
_PAGE = 1000


@dataclass(frozen=True)
class RawReject:
    """A reject, who it is for a plan, and each mapped value as it is in the source.

    `key_column` is the one that its key is of; "" of a row's number, None when that is not known.
    `place` is its segment's number and its row; None for who left, and is in no file any more.
    `has_source` is False when the source's table is not kept any more: the values are then those
    of the plan.
    """

    reject: Reject
    place: tuple[int, int] | None
    source: int
    generation: int
    key_column: str | None
    values: dict[str, str]
    has_source: bool


def raw_rejects(run: Run, places: Collection[tuple[int, int]] | None = None) -> Iterator[RawReject]:
    """Yield the rejects, in the order of the source; with `places` only those there."""
    names = [name for _, name in value_columns(Mapping.from_json(run.mapping))]
    titles = titles_of(run)
    with _raw_values(run) as db:
        values = "".join(f", raw.{name} AS raw_{name}" for name in names)
        chosen = ""
        if places is not None:
            _create_chosen(db, places)
            chosen = "SEMI JOIN chosen USING (segment, row)"
        result = db.execute(
            f"SELECT rejects.*{values}, raw.row IS NOT NULL AS has_source FROM rejects"
            f" LEFT JOIN raw USING (segment, row) {chosen} ORDER BY stage DESC, segment, row, key"
        )
        columns = [column[0] for column in result.description]
        while page := result.fetchmany(_PAGE):
            for found in page:
                yield _raw_reject(run, dict(zip(columns, found, strict=True)), names, titles)


def _raw_reject(
    run: Run, row: dict[str, Any], names: list[str], titles: dict[str, str]
) -> RawReject:
    has_place = row["segment"] is not None and row["row"] is not None
    values = {name: row[f"raw_{name}"] or "" for name in names}
    if not row["has_source"]:
        values["email"] = row["email"] or ""
    return RawReject(
        reject=reject_of(row, titles),
        place=(row["segment"], row["row"]) if has_place else None,
        source=row["source"] or 0,
        generation=row["generation"] or 0,
        key_column=_key_column(run, row),
        values=values,
        has_source=row["has_source"],
    )


def _key_column(run: Run, row: dict[str, Any]) -> str | None:
    if row["generation"] or row["segment"] is None:
        return ""
    key_column: str | None = run.segments[row["segment"]].get("key_column")
    return key_column


@contextmanager
def _raw_values(run: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with `rejects`, and `raw`: the mapped columns of the segments' tables."""
    fields = value_columns(Mapping.from_json(run.mapping))
    nothing = "".join(f", NULL::VARCHAR AS {name}" for _, name in fields)
    parts = [f"SELECT NULL::INTEGER AS segment, NULL::BIGINT AS row{nothing} WHERE false"]
    read = "".join(f", {quote(field.column)} AS {name}" for field, name in fields)
    with ExitStack() as files, fates(run) as db:
        for number, table in enumerate(_tables(run)):
            if path := _path(files, table):
                parts.append(f"SELECT {number}, {ROW}{read} FROM read_parquet({literal(path)})")
        db.execute(f"CREATE VIEW raw AS {' UNION ALL '.join(parts)}")
        yield db


def _tables(run: Run) -> list[str]:
    """Return the file of each segment's profile table; "" where it is not kept any more."""
    ids = [segment["snapshot"] for segment in run.segments]
    found = Snapshot.objects.select_related("table").in_bulk(ids)
    snapshots = [found.get(pk) for pk in ids]
    return [snapshot.table.file if snapshot and snapshot.table else "" for snapshot in snapshots]


def _path(files: ExitStack, table: str) -> str:
    try:
        return files.enter_context(reading(table)) if table else ""
    except FileNotFoundError:
        return ""


def _create_chosen(db: duckdb.DuckDBPyConnection, places: Collection[tuple[int, int]]) -> None:
    db.execute(
        "CREATE TABLE chosen AS SELECT unnest(?::INTEGER[]) AS segment, unnest(?::BIGINT[]) AS row",
        [[segment for segment, _ in places], [row for _, row in places]],
    )
