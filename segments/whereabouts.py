"""In which sources and segments does an address stand?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segments import parquet
from segments.columns import RESERVED, ROW, ColumnType, types_of
from segments.files.options import locate
from segments.mentions import Mentioned, any_mentions_sql
from segments.models import ProfileTable, Segment, Source

# An address may be that of several profiles; nobody reads more of them.
MOST = 20
# Of sources, by id: further columns in which an address is that of the profile's own person.
Further = Mapping[int, Collection[str]]
_AMONG = f"{ROW} IN (SELECT unnest(?::BIGINT[]))"


@dataclass(frozen=True)
class Profile:
    """A profile, and which row of which file it is; the header is row 1."""

    file: str
    row: int
    values: dict[str, Any]


@dataclass(frozen=True)
class InSource:
    """The profiles of a source that have an address: how many, and the first of them."""

    source: Source
    count: int
    profiles: Sequence[Profile]


@dataclass(frozen=True)
class InSegment:
    """A segment that has an address among its members, and since which refresh that is known."""

    segment: Segment
    members: int


def own_columns(table: ProfileTable, names: Collection[str], further: Further) -> list[str]:
    """Return which columns of a table tell whose profile it is: the key, and the addresses.

    A column means what it means in the source today; one that is gone, what it meant then.
    """
    source = table.source
    kinds = {**types_of(table.columns), **source.column_types}
    emails = {name for name, kind in kinds.items() if kind == ColumnType.EMAIL}
    wanted = {source.key_column, *emails, *further.get(source.pk, ())}
    return [name for name in names if name in wanted]


def find_in_sources(address: Mentioned, *, further: Further) -> list[InSource]:
    """Return the sources whose current profiles have the address, by name.

    A source whose file is gone is left out: its page says so.
    """
    found = []
    for source in Source.objects.exclude(table=None).select_related("table").order_by("name"):
        assert source.table is not None  # noqa: S101  # excluded
        source.table.source = source
        rows = _rows(source.table, address, further)
        if rows:
            found.append(InSource(source, len(rows), _profiles(source.table, rows[:MOST])))
    return found


def find_in_segments(address: Mentioned, *, further: Further) -> list[InSegment]:
    """Return the segments that have the address among the members of their last refresh."""
    segments = Segment.objects.exclude(snapshot__table=None).order_by("name")
    by_table: dict[int, list[Segment]] = defaultdict(list)
    for segment in segments.select_related("snapshot"):
        by_table[segment.snapshot.table_id].append(segment)  # type: ignore[union-attr, index]
    tables = ProfileTable.objects.select_related("source").in_bulk(by_table)
    found = []
    for pk, of_table in by_table.items():
        if rows := _rows(tables[pk], address, further):
            found += _holding(of_table, rows)
    return sorted(found, key=lambda each: each.segment.name)


def _rows(table: ProfileTable, address: Mentioned, further: Further) -> list[int]:
    """Return the numbers of the rows that have the address; none when the file is gone."""
    try:
        with parquet.reading(table.file) as path, parquet.connect() as connection:
            own = own_columns(table, parquet.names(connection, path), further)
            sql = f"SELECT {ROW} FROM read_parquet($path) WHERE {any_mentions_sql(own)} ORDER BY 1"
            values = {"path": path, **address.parameters} if own else {"path": path}
            return [row for (row,) in connection.execute(sql, values).fetchall()]
    except FileNotFoundError:
        return []


def _profiles(table: ProfileTable, rows: Sequence[int]) -> list[Profile]:
    sql = f"SELECT * FROM read_parquet(?) WHERE {_AMONG} ORDER BY {ROW}"
    with parquet.reading(table.file) as path, parquet.connect() as connection:
        return [_profile(table, row) for row in parquet.rows(connection, sql, [path, rows])]


def _holding(segments: Iterable[Segment], rows: Sequence[int]) -> list[InSegment]:
    """Return those of the segments whose members are in some of these rows."""
    found = []
    for segment in segments:
        assert segment.snapshot is not None  # noqa: S101  # chosen by it
        sql = f"SELECT count(*) FROM read_parquet(?) WHERE {_AMONG}"
        try:
            with parquet.reading(segment.snapshot.file) as path:
                count = parquet.first_row(sql, [path, list(rows)])
        except FileNotFoundError:
            continue
        if count and count[0]:
            found.append(InSegment(segment, count[0]))
    return found


def _profile(table: ProfileTable, row: dict[str, Any]) -> Profile:
    # Tables of before know no files, and were each read from one.
    file, number = locate(table.files, row[ROW]) if table.files else ("", row[ROW])
    known = {name: value for name, value in row.items() if not name.startswith(RESERVED)}
    return Profile(file, number, known)
