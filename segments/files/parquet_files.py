"""Reading somebody's Parquet file into a profile table: its types are what its columns mean."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from segments import parquet
from segments.columns import ROW, Column, ColumnType
from segments.files.layout import check_names
from segments.files.options import Options
from segments.files.writing import copy_sql, exact_path
from segments.guessing import Meaning
from segments.parquet import quote
from segments.problems import BadFile

logger = logging.getLogger(__name__)
_SPOTS, _SPOT = 8, 250  # places in the file, and rows at each
_SECONDS = "'%Y-%m-%d %H:%M:%S'"
_NUMBER, _DATE, _YES_NO = (
    Meaning(kind) for kind in (ColumnType.NUMBER, ColumnType.DATE, ColumnType.YES_NO)
)
# A missing number is NaN to the programs that write Parquet; whole numbers that miss some become
# fractions there, so they lose their ".0" again. An exponent is spelled out.
_FRACTION = """CASE
    WHEN NOT isfinite({x}) THEN NULL
    WHEN abs({x}) < 1e15 AND {x} = trunc({x}) THEN CAST(CAST({x} AS BIGINT) AS VARCHAR)
    WHEN NOT contains(CAST({x} AS VARCHAR), 'e') THEN CAST({x} AS VARCHAR)
    WHEN abs({x}) < 1 THEN rtrim(format('{{:.30f}}', {x}), '0')
    ELSE format('{{:.0f}}', {x})
END"""
_MOMENT = f"CASE WHEN isfinite({{x}}) THEN strftime(CAST({{x}} AS TIMESTAMP), {_SECONDS}) END"
_PLAIN = "CAST({x} AS VARCHAR)"


@dataclass(frozen=True)
class _Type:
    """How a value becomes text, with {x} for it, and what its column means; None: guess."""

    text: str = _PLAIN
    meaning: Meaning | None = None


_WHOLE = _Type(meaning=_NUMBER)
# By the type's name without what is in brackets.
_TYPES = {
    "VARCHAR": _Type("{x}"),
    **dict.fromkeys(
        ("ENUM", "UUID", "JSON", '"NULL"', "TIME", "TIME_NS", "TIME WITH TIME ZONE", "INTERVAL"),
        _Type(),
    ),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), _WHOLE),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), _WHOLE),
    **dict.fromkeys(("BIGNUM", "DECIMAL"), _Type(meaning=_NUMBER)),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _Type(_FRACTION, _NUMBER)),
    "BOOLEAN": _Type(meaning=_YES_NO),
    "DATE": _Type("CASE WHEN isfinite({x}) THEN CAST({x} AS VARCHAR) END", _DATE),
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), _Type(_MOMENT, _DATE)
    ),
    # DuckDB knows time zones only with an extension; this is UTC without it.
    "TIMESTAMP WITH TIME ZONE": _Type(
        f"CASE WHEN isfinite({{x}}) THEN strftime(make_timestamp(epoch_us({{x}})), {_SECONDS}) END",
        _DATE,
    ),
}


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file that is being read; see files/opening.py."""

    path: str
    texts: Mapping[str, str]  # the SQL of each column as text
    declared: Mapping[str, Meaning]
    rows: int
    kind: str = "parquet"
    options: Options = field(default_factory=Options)
    sheets: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def first(self, limit: int) -> list[list[str | None]]:
        """Return the first profiles; raises BadFile."""
        quoted = ", ".join(map(quote, self.texts))
        return self._select("true", f"coalesce({quoted}) IS NOT NULL LIMIT {limit:d}")

    def sample(self) -> list[list[str | None]]:
        """Return some rows from all over the file; raises BadFile."""
        if "file_row_number" in map(str.casefold, self.texts):  # DuckDB's name for it
            return self.first(_SPOTS * _SPOT)
        starts = {self.rows * spot // _SPOTS for spot in range(_SPOTS)}
        spots = " OR ".join(
            f"file_row_number BETWEEN {start} AND {start + _SPOT - 1}" for start in sorted(starts)
        )
        return self._select(spots)

    def write(self, target: str, columns: Sequence[Column], after: int = 0) -> None:
        """Write the profile table `target`, in the order of the file; raises BadFile.

        It has companions for `columns`, and its rows are counted on from `after`.
        """
        rows = f"SELECT row_number() OVER () + {after + 1:d} AS {ROW}, {self._selected}"
        sql = f"{rows} FROM read_parquet({exact_path(self.path)})"
        with _refusing(), parquet.connect() as connection:
            connection.execute(copy_sql(sql, self.names, columns, target))

    @property
    def _selected(self) -> str:
        return ", ".join(f"{text} AS {quote(name)}" for name, text in self.texts.items())

    def _select(self, where: str, having: str = "true") -> list[list[str | None]]:
        sql = f"SELECT {self._selected} FROM read_parquet({exact_path(self.path)}) WHERE {where}"
        with _refusing(), parquet.connect() as connection:
            found = connection.execute(f"SELECT * FROM ({sql}) WHERE {having}").fetchall()
        return [list(row) for row in found]


def open_parquet(path: str) -> ParquetFile:
    """Return a Parquet file; raises BadFile when it is broken, or has columns of other things."""
    source = exact_path(path)
    with _refusing(), parquet.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
        types = {name: _type_of(name, declared) for name, declared, *_ in described}
        schema = connection.execute(f"SELECT name FROM parquet_schema({source})").fetchall()
        rows = connection.execute(f"SELECT count(*) FROM read_parquet({source})").fetchall()
    # DuckDB renames what is called alike. Without nesting, all but the root are columns.
    names = [" ".join(name.split()) for (name,) in schema[1:]]
    check_names(names)
    texts = [f"nullif({each.text.format(x=quote(name))}, '')" for name, each in types.items()]
    meanings = zip(names, [each.meaning for each in types.values()], strict=True)
    return ParquetFile(
        path,
        dict(zip(names, texts, strict=True)),
        {name: meaning for name, meaning in meanings if meaning},
        rows[0][0],
    )


def _type_of(name: str, declared: str) -> _Type:
    kind = "" if declared.endswith("]") else declared.split("(")[0]
    if kind not in _TYPES:
        raise BadFile("file_column_type", column=name, type=declared[:100])
    return _TYPES[kind]


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise BadFile("file_memory") from error
    except (duckdb.Error, UnicodeDecodeError) as error:
        # Its message quotes the file, which is nobody's business in a log.
        logger.info("DuckDB refused a Parquet file: %s", type(error).__name__)
        raise BadFile("file_parquet_broken") from error
