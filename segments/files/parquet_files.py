"""Reading somebody's Parquet file into a profile table: its types are what its columns mean."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from segments import parquet
from segments.columns import ROW, Column
from segments.files.layout import check_names
from segments.files.options import Options
from segments.files.parquet_types import TYPES, ParquetType
from segments.files.writing import copy_sql, exact_path
from segments.guessing import Meaning
from segments.parquet import quote
from segments.problems import BadFile
from segments.rules.typed import companion_name

logger = logging.getLogger(__name__)
_SPOTS, _SPOT = 8, 250  # places in the file, and rows at each


@dataclass(frozen=True)
class _Column:
    name: str
    source: str  # its name in the file, as SQL
    type: ParquetType

    @property
    def text(self) -> str:
        return f"nullif({self.type.text.format(x=self.source)}, '') AS {quote(self.name)}"

    def companion(self, column: Column) -> tuple[str, str] | None:
        """Return name and SQL of the companion, if it need not be made of the text."""
        is_declared = self.type.meaning and self.type.meaning.type == column["type"]
        name = companion_name(column)
        if not (is_declared and name and self.type.typed):
            return None
        return name, self.type.typed.format(x=self.source)


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file that is being read; see files/opening.py."""

    path: str
    columns: tuple[_Column, ...]
    rows: int
    kind: str = "parquet"
    options: Options = field(default_factory=Options)
    sheets: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def declared(self) -> dict[str, Meaning]:
        return {each.name: each.type.meaning for each in self.columns if each.type.meaning}

    def first(self, limit: int) -> list[list[str | None]]:
        """Return the first profiles; raises BadFile."""
        quoted = ", ".join(map(quote, self.names))
        return self._select("true", f"coalesce({quoted}) IS NOT NULL LIMIT {limit:d}")

    def sample(self) -> list[list[str | None]]:
        """Return some rows from all over the file; raises BadFile."""
        if not self._row_numbers_are_free:
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
        number = "file_row_number + 1" if self._row_numbers_are_free else "row_number() OVER ()"
        pairs = zip(self.columns, columns, strict=True) if columns else ()
        given = dict(filter(None, (mine.companion(column) for mine, column in pairs)))
        typed = "".join(f", {sql} AS {quote(name)}" for name, sql in given.items())
        rows = f"SELECT {number} + {after + 1:d} AS {ROW}, {self._texts}{typed} FROM {self._table}"
        with _refusing(), parquet.connect() as connection:
            connection.execute(copy_sql(rows, self.names, columns, target, given))

    @property
    def _texts(self) -> str:
        return ", ".join(column.text for column in self.columns)

    @property
    def _table(self) -> str:
        return f"read_parquet({exact_path(self.path)})"

    @property
    def _row_numbers_are_free(self) -> bool:
        """Say whether file_row_number is DuckDB's number of a row, and no column of the file."""
        return "file_row_number" not in map(str.casefold, self.names)

    def _select(self, where: str, having: str = "true") -> list[list[str | None]]:
        sql = f"SELECT {self._texts} FROM {self._table} WHERE {where}"
        with _refusing(), parquet.connect() as connection:
            found = connection.execute(f"SELECT * FROM ({sql}) WHERE {having}").fetchall()
        return [list(row) for row in found]


def open_parquet(path: str) -> ParquetFile:
    """Return a Parquet file; raises BadFile when it is broken, or has columns of other things."""
    source = exact_path(path)
    with _refusing(), parquet.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({source})").fetchall()
        types = [(quote(name), _type_of(name, declared)) for name, declared, *_ in described]
        schema = connection.execute(f"SELECT name FROM parquet_schema({source})").fetchall()
        rows = connection.execute(f"SELECT count(*) FROM read_parquet({source})").fetchall()
    # DuckDB renames what is called alike. Without nesting, all but the root are columns.
    names = [" ".join(name.split()) for (name,) in schema[1:]]
    check_names(names)
    columns = [_Column(name, *found) for name, found in zip(names, types, strict=True)]
    return ParquetFile(path, tuple(columns), rows[0][0])


def _type_of(name: str, declared: str) -> ParquetType:
    kind = "" if declared.endswith("]") else declared.split("(")[0]
    if kind not in TYPES:
        raise BadFile("file_column_type", column=name, type=declared[:100])
    return TYPES[kind]


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
