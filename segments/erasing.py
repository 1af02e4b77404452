"""Taking one person out of files: profile tables with their snapshots, and any file of people.

Files are rewritten under a new name, streaming, whatever their columns are; a profile keeps the
number of its row, so what says who is a member by those numbers stays true. The new files count
once the database row that names them has committed; the caller deletes the old ones then.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
from django.db.models import F

from segments import parquet
from segments.columns import ROW
from segments.mentions import Mentioned, any_mentions_sql, without_mention_sql
from segments.models import ProfileTable, Snapshot
from segments.whereabouts import Further, own_columns

# Values by column: whoever's row has all of these is the person, whatever else is in it.
Marks = Mapping[str, str]
# Of a part of a file: how many values it holds at most, and how many rows at least.
_VALUES, _SMALLEST = 400_000, 2_048


class Replaced(Exception):
    """Somebody has put another file in the place of the one that was rewritten."""


@dataclass(frozen=True)
class Look:
    """What a file holds of an address: rows that are the person's, and rows that mention them."""

    own: int
    mentions: int

    def __bool__(self) -> bool:
        return bool(self.own or self.mentions)


@dataclass
class Rewritten:
    """A profile table without somebody, and its snapshots; stored, and not in place yet."""

    table: ProfileTable
    file: str
    look: Look
    # Of each snapshot that had the person: the new file, and how many members it lost.
    snapshots: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        return [self.file, *(file for file, _lost in self.snapshots.values())]


def look_into(
    path: str,
    address: Mentioned,
    *,
    own: Collection[str] | None = None,
    also: Sequence[Marks] = (),
) -> Look:
    """Return what the Parquet file at `path` holds of the address.

    `own` are the columns that tell whose row it is; None: every text of it does. The rows with
    the marks `also` are the person's, too.
    """
    with parquet.connect() as connection:
        texts = _texts(connection, path)
        mine, others = _parted(texts, own)
        if not texts:
            return Look(0, 0)
        is_own = _is_own(mine, also)
        found = connection.execute(
            f"SELECT count(*) FILTER ({is_own}),"
            f" count(*) FILTER (NOT {is_own} AND ({any_mentions_sql(others)}))"
            " FROM read_parquet($path)",
            {"path": path, **address.parameters},
        ).fetchone()
    return Look(*found) if found else Look(0, 0)


def rewrite(
    path: str,
    target: str,
    address: Mentioned,
    *,
    own: Collection[str] | None = None,
    also: Sequence[Marks] = (),
) -> None:
    """Write the Parquet file at `path` to `target` without the rows that are the person's.

    Out of the rows of others the address is taken; every other column and row stays as it is.
    """
    with parquet.connect() as connection:
        mine, others = _parted(_texts(connection, path), own)
        taken = ", ".join(
            f"{without_mention_sql(name)} AS {parquet.quote(name)}" for name in others
        )
        selected = f"* REPLACE ({taken})" if others else "*"
        connection.execute(
            f"COPY (SELECT {selected} FROM read_parquet($path)"
            f" WHERE NOT {_is_own(mine, also)})"
            f" TO {parquet.literal(target)} {_like(connection, path)}",
            {"path": path, **address.parameters},
        )


def numbers_in(
    path: str,
    column: str,
    address: Mentioned,
    *,
    own: Collection[str],
    also: Sequence[Marks] = (),
) -> list[int]:
    """Return what `column`, of numbers, holds in the rows that are the person's; NULL left out."""
    found = values_in(path, [column], address, own=own, also=also)
    return [number for (number,) in found if number is not None]


def values_in(
    path: str,
    columns: Sequence[str],
    address: Mentioned,
    *,
    own: Collection[str],
    also: Sequence[Marks] = (),
) -> list[tuple[Any, ...]]:
    """Return what these columns hold in the rows that are the person's."""
    chosen = ", ".join(map(parquet.quote, columns))
    sql = f"SELECT {chosen} FROM read_parquet($path) WHERE {_is_own(own, also)}"
    values = {"path": path, **(address.parameters if own else {})}
    with parquet.connect() as connection:
        return connection.execute(sql, values).fetchall()


def own_columns_at(table: ProfileTable, path: str, further: Further) -> list[str]:
    """Return which columns of the table at `path` tell whose profile it is."""
    with parquet.connect() as connection:
        return own_columns(table, parquet.names(connection, path), further)


@contextmanager
def rewriting_table(
    table: ProfileTable,
    address: Mentioned,
    *,
    further: Further,
    also: Sequence[Marks] = (),
) -> Iterator[Rewritten | None]:
    """Give a profile table without the person, with its snapshots; None when it lacks them.

    Raises FileNotFoundError and StorageUnavailable.
    """
    with parquet.reading(table.file) as path:
        own = own_columns_at(table, path, further)
        look = look_into(path, address, own=own, also=also)
        if not look:
            yield None
            return
        with parquet.writing("tables") as new:
            rewrite(path, new.path, address, own=own, also=also)
        gone = numbers_in(path, ROW, address, own=own, also=also)
    rewritten = Rewritten(table, new.name, look)
    for snapshot in table.snapshots.exclude(file="").order_by("pk") if gone else ():
        if made := _without(snapshot, gone):
            rewritten.snapshots[snapshot.pk] = made
    yield rewritten


def put_in_place(rewritten: Rewritten) -> list[str]:
    """Name the new files in the database, in the caller's transaction; return the old ones.

    Raises Replaced when there is another file by now.
    """
    table = rewritten.table
    same = ProfileTable.objects.filter(pk=table.pk, file=table.file)
    if not same.update(file=rewritten.file, rows=F("rows") - rewritten.look.own):
        raise Replaced(table.pk)
    old = [table.file]
    for pk, (file, lost) in rewritten.snapshots.items():
        snapshot = Snapshot.objects.select_for_update().filter(pk=pk).exclude(file="").first()
        if snapshot is None:  # kept no longer
            old.append(file)
            continue
        old.append(snapshot.file)
        Snapshot.objects.filter(pk=pk).update(file=file, members=F("members") - lost)
    return old


def _without(snapshot: Snapshot, rows: Sequence[int]) -> tuple[str, int] | None:
    """Return a new file without these rows and how many it lost; None when it has none of them."""
    among = f"{ROW} IN (SELECT unnest($rows::BIGINT[]))"
    with ExitStack() as stack:
        try:
            path = stack.enter_context(parquet.reading(snapshot.file))
        except FileNotFoundError:
            return None
        count = parquet.first_row(
            f"SELECT count(*) FROM read_parquet($path) WHERE {among}", {"path": path, "rows": rows}
        )
        if not count or not count[0]:
            return None
        connection = stack.enter_context(parquet.connect())
        with parquet.writing("snapshots") as new:
            connection.execute(
                f"COPY (SELECT * FROM read_parquet($path) WHERE NOT {among})"
                f" TO {parquet.literal(new.path)} {_like(connection, path)}",
                {"path": path, "rows": rows},
            )
    return new.name, count[0]


def _texts(connection: duckdb.DuckDBPyConnection, path: str) -> list[str]:
    described = connection.execute(
        "SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(?))"
        " WHERE column_type = 'VARCHAR'",
        [path],
    )
    return [name for (name,) in described.fetchall()]


def _is_own(mine: Collection[str], also: Sequence[Marks]) -> str:
    """Return the SQL condition that a row is the person's: true or false, never NULL."""
    marked = [
        " AND ".join(
            f"CAST({parquet.quote(name)} AS VARCHAR) = {parquet.literal(value)}"
            for name, value in marks.items()
        )
        for marks in also
    ]
    conditions = [any_mentions_sql(mine), *marked]
    return "(" + " OR ".join(f"({each}) IS TRUE" for each in conditions) + ")"


def _parted(texts: Sequence[str], own: Collection[str] | None) -> tuple[list[str], list[str]]:
    mine = [name for name in texts if own is None or name in own]
    return mine, [name for name in texts if name not in mine]


def _like(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """Return the options of COPY for a file whose parts are as large as those of `path`.

    Whoever reads a plan reads it by ranges, and of a wide table few rows are held in memory.
    """
    rows, columns = connection.execute(
        "SELECT coalesce(max(row_group_num_rows), 0), count(DISTINCT column_id)"
        " FROM parquet_metadata(?)",
        [path],
    ).fetchall()[0]
    # Several parts are held in memory while they are written.
    most = max(_SMALLEST, _VALUES // max(columns, 1))
    size = min(rows or most, most)
    return f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {size:d})"
