"""Plan: what a run will do about every member, decided in one pass over the snapshots.

The plan is a Parquet file with one row a member, in the order of the segments and their rows. Those
to send are at positions 0, 1, 2 …; those that need nothing (`unchanged`) and those that can't be
sent (`rejected`) have none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from connections.activecampaign.contacts import MAX_CONTACTS
from exports.mapping import MappedField, Mapping
from segments.columns import ColumnType
from segments.parquet import connect, quote, reading, reading_all, rows, writing
from segments.snapshots import members_sql

# What people paste around an address, a no-break space among it.
BLANKS = " \t\r\n\v\f\u00a0\u200b\ufeff"
# Deliberately wider than the standards' letter: ActiveCampaign has the last word on what it
# takes, and bad contacts are isolated; this only sets aside what nobody could deliver.
ADDRESS = (
    r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*"
    r"@([\pL\pN]([\pL\pN-]*[\pL\pN])?\.)+[\pL\pN][\pL\pN-]*[\pL\pN]"
)
# DuckDB keeps what it is given: more of it made a plan of a million no faster.
MEMORY = "128MB"
LONGEST_ADDRESS = 254  # RFC 5321
LONGEST_LOCAL_PART = 64
# ActiveCampaign's types of fields.
_DATES = ("date", "datetime")


class MissingColumn(Exception):
    """A mapped column is not in a snapshot; `segment` is that one's number, from 0."""

    def __init__(self, column: str, segment: int) -> None:
        super().__init__(f"snapshot {segment} lacks a mapped column")
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
class Plan:
    """A finished plan: its file, and how many members it holds of each kind."""

    file: str
    to_send: int
    unchanged: int
    rejected: int

    @property
    def members(self) -> int:
        return self.to_send + self.unchanged + self.rejected


def write_plan(
    *, segments: Sequence[PlannedSegment], mapping: Mapping, delivered: str | None
) -> Plan:
    """Compare the snapshots with the delivered state and return the stored plan.

    `delivered` names the file of the delivered state; None means that nothing was delivered.
    Raises MissingColumn, FileNotFoundError when a file is gone, and duckdb.Error when one can't
    be read.
    """
    with (
        reading_all([segment.file for segment in segments]) as snapshots,
        reading_all([segment.table_file for segment in segments]) as tables,
        writing("plans") as new,
        connect() as db,
    ):
        names = _check_columns(db, tables, mapping)
        members = [members_sql(*paths) for paths in zip(tables, snapshots, strict=True)]
        db.execute(f"CREATE VIEW members AS {_members(segments, members, names, mapping)}")
        if delivered is None:
            db.execute("CREATE TABLE delivered (email VARCHAR, hash UBIGINT)")
            _write(db, mapping, new.path)
        else:
            with reading(delivered) as path:
                db.execute(f"CREATE VIEW delivered AS FROM read_parquet({_text(path)})")
                _write(db, mapping, new.path)
        counts = {
            row["kind"]: row["members"]
            for row in rows(
                db,
                "SELECT CASE WHEN action IN ('unchanged', 'rejected') THEN action ELSE 'send' END"
                " AS kind, count(*) AS members FROM read_parquet(?) GROUP BY 1",
                [new.path],
            )
        }
    return Plan(
        file=new.name,
        to_send=counts.get("send", 0),
        unchanged=counts.get("unchanged", 0),
        rejected=counts.get("rejected", 0),
    )


def batch_ranges(contacts: int) -> Iterable[tuple[int, int]]:
    """Yield (first position, size) of each batch of a plan with so many contacts to send.

    A batch of one is five times more expensive, so a lone remainder shares with its neighbour:
    251 contacts are 126 and 125.
    """
    full, rest = divmod(contacts, MAX_CONTACTS)
    sizes = [MAX_CONTACTS] * full + ([rest] if rest else [])
    if rest == 1 and full:
        sizes[-2:] = [MAX_CONTACTS // 2 + 1, MAX_CONTACTS // 2]
    first = 0
    for size in sizes:
        yield first, size
        first += size


def value_columns(mapping: Mapping) -> list[tuple[MappedField, str]]:
    """Return each mapped field with the name of its column in a plan."""
    return [(field, field.target.replace(":", "_")) for field in mapping]


def _check_columns(
    db: duckdb.DuckDBPyConnection, paths: Sequence[str], mapping: Mapping
) -> list[set[str]]:
    """Return the names of the columns of each file; raises MissingColumn."""
    names = []
    for number, path in enumerate(paths):
        found = db.execute("SELECT name FROM parquet_schema(?)", [path]).fetchall()
        names.append({name for (name,) in found})
        for column in mapping.columns:
            if column not in names[-1]:
                raise MissingColumn(column, number)
    return names


def _members(
    segments: Sequence[PlannedSegment],
    members: list[str],
    names: list[set[str]],
    mapping: Mapping,
) -> str:
    """Return the query of all members: once each, however many of the segments hold them."""
    parts = [
        f"SELECT {segment.source_id} AS source, {_key(segment, columns)},"
        f" __row AS row, {number} AS segment,"
        + ", ".join(f"{_read(field, segment)} AS {name}" for field, name in value_columns(mapping))
        + f" FROM {relation}"
        for number, (segment, relation, columns) in enumerate(
            zip(segments, members, names, strict=True)
        )
    ]
    union = " UNION ALL ".join(parts)
    if len(parts) == 1:
        return union
    return (
        f"SELECT * FROM ({union}) QUALIFY row_number() OVER"
        " (PARTITION BY source, generation, key ORDER BY segment, row) = 1 ORDER BY segment, row"
    )


def _key(segment: PlannedSegment, columns: set[str]) -> str:
    # A snapshot that is older than the source's key may lack that column.
    if segment.key_column in columns:
        return f"0 AS generation, {quote(segment.key_column)} AS key"
    return f"{segment.table_id} AS generation, CAST(__row AS VARCHAR) AS key"


def _read(field: MappedField, segment: PlannedSegment) -> str:
    """Return a column, its dates turned to begin with the year where a date is wanted."""
    column = quote(field.column)
    order = segment.date_orders.get(field.column)
    if field.type not in _DATES or order is None:
        return column
    day, month = ("\\1", "\\2") if order == "dmy" else ("\\2", "\\1")
    return (
        f"regexp_replace(trim({column}, {_text(BLANKS)}),"
        f" '^([0-9]{{1,2}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{4}})', '\\3-{month}-{day}')"
    )


def _write(db: duckdb.DuckDBPyConnection, mapping: Mapping, path: str) -> None:
    """Write the plan of the views `members` and `delivered` to `path`.

    Members stream through: sorting a million of them takes more time and memory than all the
    rest. So they stay in the order in which they are read, and no join may turn itself round.
    """
    pieces = _pieces(mapping)
    db.execute(f"SET memory_limit = '{MEMORY}'")
    db.execute("SET disabled_optimizers = 'build_side_probe_side'")
    db.execute(f"CREATE VIEW checked AS {_CHECKED.format(**pieces)}")
    db.execute(f"CREATE TABLE repeated AS {_REPEATED}")
    db.execute(f"COPY ({_PLAN.format(**pieces)}) TO {_text(path)} {_FORMAT}")


_FORMAT = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"

_CHECKED = """
WITH trimmed AS (
    SELECT source, key, row, segment, {trimmed} FROM members
)
SELECT source, key, row, segment, (segment::BIGINT << 40) + row AS turn, lower(email) AS email,
    {values}, {reject} AS reject
FROM trimmed
"""
# Of several members with one address the first is sent: the winner must not be chance.
_REPEATED = """
SELECT email, min(turn) AS first_turn FROM checked WHERE reject IS NULL
GROUP BY email HAVING count(*) > 1
"""
_PLAN = """
WITH compared AS (
    SELECT checked.* EXCLUDE (reject),
        CASE WHEN reject IS NULL AND turn > first_turn THEN 'duplicate' ELSE reject END AS reject,
        md5_number_lower({signature}) AS hash,
        delivered.email AS known, delivered.hash AS last_hash
    FROM checked
    LEFT JOIN repeated ON repeated.email = checked.email
    LEFT JOIN delivered ON delivered.email = checked.email
), decided AS (
    SELECT *, CASE
        WHEN reject IS NOT NULL THEN 'rejected'
        WHEN known IS NULL THEN 'new'
        WHEN last_hash IS NULL THEN 'retried'
        WHEN last_hash <> hash THEN 'changed'
        ELSE 'unchanged' END AS action,
        action NOT IN ('unchanged', 'rejected') AS is_sent
    FROM compared
)
SELECT CASE WHEN is_sent
        THEN (sum(is_sent::INTEGER) OVER (ROWS UNBOUNDED PRECEDING))::BIGINT - 1 END AS position,
    action, reject, source, key, row, email, {names}, hash
FROM decided
"""


def _pieces(mapping: Mapping) -> dict[str, str]:
    """Return the parts of the plan's query that depend on the mapping."""
    fields = value_columns(mapping)
    others = [(field, name) for field, name in fields if name != "email"]
    rejects = [
        "WHEN email IS NULL THEN 'no_address'",
        f"WHEN length(email) > {LONGEST_ADDRESS}"
        f" OR length(split_part(email, '@', 1)) > {LONGEST_LOCAL_PART}"
        f" OR NOT regexp_full_match(email, {_text(ADDRESS)}) THEN 'invalid_address'",
        *(
            f"WHEN {name} IS NOT NULL AND {_typed(field, name)} IS NULL"
            f" THEN 'bad_{field.type}:{name}'"
            for field, name in others
            if field.type in _DATES
        ),
    ]
    # The targets are part of what is compared: a field that is newly mapped is a change.
    targets = _text("\x1e".join(sorted(name for _, name in others)))
    values = "".join(
        f" || chr(31) || coalesce({name}, '')" for _, name in sorted(others, key=lambda f: f[1])
    )
    return {
        "trimmed": ", ".join(
            f"nullif(trim({name}, {_text(BLANKS)}), '') AS {name}" for _, name in fields
        ),
        "values": ", ".join(f"{_typed(field, name)} AS {name}" for field, name in others)
        or "NULL AS nothing",
        "names": ", ".join(name for _, name in others) or "NULL AS nothing",
        "reject": f"CASE {' '.join(rejects)} END",
        "signature": targets + values,
    }


def _typed(field: MappedField, name: str) -> str:
    """Return the value of a field in the form that ActiveCampaign wants."""
    match field.type:
        case ColumnType.DATE:
            return _moment(name, "DATE", "%Y-%m-%d")
        case "datetime":
            return _moment(name, "TIMESTAMP", "%Y-%m-%dT%H:%M:%S")
        case "listbox" | "checkbox":
            items = f"[trim(x) FOR x IN string_split_regex({name}, '[;|]') IF trim(x) <> '']"
            return f"nullif('||' || array_to_string({items}, '||') || '||', '||||')"
        case _:
            return name


def _moment(name: str, type: str, form: str) -> str:
    # DuckDB also reads words such as "epoch" and "infinity"; no birthday is written so.
    return (
        f"CASE WHEN regexp_matches({name}, '^[0-9]')"
        f" THEN strftime(try_cast({name} AS {type}), '{form}') END"
    )


def _text(value: str) -> str:
    """Return `value` as an SQL text: DDL and COPY take no parameters."""
    return "'" + value.replace("'", "''") + "'"
