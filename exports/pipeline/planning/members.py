"""The members of a plan: the profiles of its segments, each once, with what is mapped."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from exports.mapping import MappedField, Mapping
from exports.pipeline.planning.corrections import ROW_KEY, Corrections
from exports.pipeline.planning.values import BLANKS, DATES, value_columns
from segments.columns import ROW
from segments.parquet import literal, quote
from segments.snapshots import members_sql


class MissingColumn(Exception):
    """A column that is needed is not in a snapshot; `segment` is that one's number, from 0."""

    def __init__(self, column: str, segment: int) -> None:
        super().__init__(f"snapshot {segment} lacks a column that is needed")
        self.column, self.segment = column, segment


@dataclass(frozen=True)
class PlannedSegment:
    """The members of one segment: a snapshot, how to tell its profiles apart, how to read dates.

    Without a key, profiles are the same when they are the same row of the same profile table.
    `date_orders` says "dmy" or "mdy" of the columns whose dates don't begin with the year.
    """

    file: str
    table_file: str
    source_id: int
    table_id: int
    key_column: str
    date_orders: dict[str, str]


@dataclass(frozen=True)
class _Part:
    """One segment with the paths of its files and the names of its table's columns."""

    segment: PlannedSegment
    table: str
    rows: str
    columns: set[str]

    @property
    def source_id(self) -> int:
        return self.segment.source_id

    @property
    def table_id(self) -> int:
        return self.segment.table_id

    @property
    def key_column(self) -> str:
        return self.segment.key_column

    @property
    def has_key(self) -> bool:
        # A snapshot that is older than the source's key may lack that column.
        return self.segment.key_column in self.columns

    @property
    def generation(self) -> int:
        """Return within which table its keys are one person's; 0: in all of the source."""
        return 0 if self.has_key else self.segment.table_id

    @property
    def key(self) -> str:
        return quote(self.segment.key_column) if self.has_key else ROW_KEY

    @property
    def person(self) -> str:
        """Return as SQL what stands for a profile in all of its source's tables, NULL without a
        key; another key column is another person.
        """
        if not self.has_key:
            return "NULL::UBIGINT"
        of_source = literal(f"{self.segment.source_id}\x1f{self.segment.key_column}\x1f")
        return f"md5_number_lower({of_source} || {self.key})"


def create_members(
    db: duckdb.DuckDBPyConnection,
    segments: Sequence[PlannedSegment],
    paths: Sequence[tuple[str, str]],
    mapping: Mapping,
    *,
    consent_column: str,
    corrections: str | None,
) -> None:
    """Create the view `members`: once each, however many of the segments hold them.

    `paths` are those of each segment's table and row numbers, `corrections` that of what people
    corrected (corrections.py). Columns: source, generation, key, person (as in the delivered
    state), row, segment, agreed (the consent as it is written) and the mapped ones. Raises
    MissingColumn.
    """
    needed = [*mapping.columns, *filter(None, [consent_column])]
    parts: list[_Part] = []
    for number, (segment, (table, rows)) in enumerate(zip(segments, paths, strict=True)):
        columns = _columns_of(db, table)
        for column in needed:
            if column not in columns:
                raise MissingColumn(column, number)
        parts.append(_Part(segment, table, rows, columns))
    agreed = quote(consent_column) if consent_column else "NULL"
    fixes = Corrections(db, corrections)
    fixing = [fixes.of(part) for part in parts]
    fixes.note_lost()
    union = " UNION ALL ".join(
        f"SELECT {part.segment.source_id} AS source, {part.generation} AS generation,"
        f" {part.key} AS key, {part.person} AS person, {ROW} AS row, {number} AS segment,"
        f" {agreed} AS agreed, "
        + ", ".join(
            f"{_read(field, fixing[number].apply(quote(field.column), name), part)} AS {name}"
            for field, name in value_columns(mapping)
        )
        + f" FROM {members_sql(part.table, part.rows)} AS profiles"
        + fixing[number].join
        + "".join(_unless_in(earlier, part, f"s{n}") for n, earlier in enumerate(parts[:number]))
        for number, part in enumerate(parts)
    )
    db.execute(f"CREATE VIEW members AS {union}")


def _columns_of(db: duckdb.DuckDBPyConnection, path: str) -> set[str]:
    found = db.execute("SELECT name FROM parquet_schema(?)", [path]).fetchall()
    return {name for (name,) in found}


def _unless_in(earlier: _Part, part: _Part, name: str) -> str:
    """Return a join that leaves out the profiles which an earlier segment holds as well.

    Only keys are held for it, so that the rows themselves can stream through.
    """
    if earlier.segment.source_id != part.segment.source_id:
        return ""
    if earlier.segment.table_id == part.segment.table_id:
        return f" ANTI JOIN read_parquet({literal(earlier.rows)}) AS {name} USING ({ROW})"
    if not (earlier.has_key and part.has_key):
        return ""
    keys = f"SELECT {earlier.key} AS key FROM {members_sql(earlier.table, earlier.rows)}"
    return f" ANTI JOIN ({keys}) AS {name} ON {name}.key = profiles.{part.key}"


def _read(field: MappedField, column: str, part: _Part) -> str:
    """Return a column, its dates turned to begin with the year where a date is wanted."""
    order = part.segment.date_orders.get(field.column)
    if field.type not in DATES or order is None:
        return column
    day, month = ("\\1", "\\2") if order == "dmy" else ("\\2", "\\1")
    return (
        f"regexp_replace(trim({column}, {literal(BLANKS)}),"
        f" '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{4}})', '\\3-{month}-{day}')"
    )
