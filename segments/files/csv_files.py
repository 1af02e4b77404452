"""Reading a CSV file into a profile table.

Values stay exactly as they are in the file, as text; an empty value and a quoted empty value
are both NULL. Rows without any value are left out.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb

from segments import parquet
from segments.columns import ROW, Column
from segments.files.encoding import PIECE, Encoding, detect_encoding
from segments.files.layout import MAX_RECORD, Layout, detect_layout
from segments.files.options import Options
from segments.files.rewriting import read_patiently, rewrite_csv
from segments.files.sampling import sample_csv
from segments.files.writing import copy_sql, exact_path
from segments.guessing import Meaning
from segments.problems import BadFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CsvFile:
    """A CSV file that is being read; see files/opening.py.

    One of ours may bring the numbers of its rows along, in a first column called `__row`: counting
    them here takes DuckDB longer than everything else, since it can't be done side by side.
    """

    path: str
    encoding: Encoding
    layout: Layout
    options: Options
    kind: str = "csv"
    sheets: tuple[str, ...] = ()
    rows: int | None = None
    declared: Mapping[str, Meaning] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return self.layout.columns[self._skipped :]

    @property
    def _skipped(self) -> int:
        return int(self.layout.is_numbered)

    def first(self, limit: int) -> list[list[str]]:
        """Return the first profiles; raises BadFile when one of these rows is broken."""
        records = islice(read_patiently(self.path, self.encoding, self.layout), 1, None)
        values = (record[self._skipped :] for record in records)
        return list(islice((record for record in values if any(record)), limit))

    def sample(self) -> list[list[str]]:
        """Return some rows from the beginning and the middle."""
        records = sample_csv(self.path, self.encoding, self.layout)
        return [record[self._skipped :] for record in records]

    def write(self, target: str, columns: Sequence[Column], after: int = 0) -> None:
        """Write the profile table `target`, in the order of the file; raises BadFile.

        It has companions for `columns`, and rows without numbers are counted on from `after`.
        """
        if self.encoding.is_clean and self.layout.is_plain:
            with _as_utf8(self.path, self.encoding) as utf8:
                if _copy(utf8, self.layout, target, columns, after):
                    return
        with parquet.scratch(".csv") as tidy:
            rewrite_csv(self.path, self.encoding, self.layout, tidy)
            if not _copy(tidy, self.layout, target, columns, after):
                raise BadFile("file_unreadable")


def open_csv(path: str, options: Options, limit: int | None) -> CsvFile:
    """Return a CSV file, its encoding judged by `limit` bytes or all; raises BadFile."""
    encoding = detect_encoding(path, options.encoding, limit)
    layout = detect_layout(path, encoding, options.delimiter)
    return CsvFile(path, encoding, layout, Options(encoding.choice, layout.delimiter))


@contextmanager
def _as_utf8(path: str, encoding: Encoding) -> Iterator[str]:
    if encoding.name == "utf-8-sig":
        yield path
        return
    with parquet.scratch(".csv") as copy:
        with (
            Path(path).open(encoding=encoding.name, newline="") as file,
            Path(copy).open("w", encoding="utf-8", newline="") as out,
        ):
            while piece := file.read(PIECE):
                out.write(piece)
        yield copy


def _copy(path: str, layout: Layout, target: str, columns: Sequence[Column], after: int) -> bool:
    """Have DuckDB copy the file; return False when it refuses anything in it."""
    names = layout.columns[int(layout.is_numbered) :]
    sql = copy_sql(_rows_sql(path, layout, after), names, columns, target)
    with parquet.connect() as connection:
        try:
            connection.execute(sql)
        except duckdb.OutOfMemoryException as error:
            raise BadFile("file_memory") from error
        except duckdb.Error as error:
            # Its message quotes the file, which is nobody's business in a log.
            logger.info("DuckDB refused a CSV file: %s", type(error).__name__)
            return False
        rejected = connection.execute("SELECT count(*) FROM reject_errors").fetchone()
    return bool(rejected == (0,))


def _rows_sql(path: str, layout: Layout, after: int) -> str:
    numbered = [f"c{number}" for number in range(len(layout.columns))]
    types = dict.fromkeys(numbered, "VARCHAR")
    row = f"row_number() OVER () + {after + 1:d}"
    if layout.is_numbered:
        row = numbered[0]
        types[row] = "BIGINT"
    given = ", ".join(f"{name}: '{kind}'" for name, kind in types.items())
    selected = ", ".join(
        f"{column} AS {parquet.quote(name)}"
        for column, name in zip(numbered, layout.columns, strict=True)
        if name != ROW
    )
    return f"""
        SELECT {row} AS {ROW}, {selected}
        FROM read_csv(
            {exact_path(path)}, auto_detect = false, header = true,
            delim = {parquet.literal(layout.delimiter)}, quote = '"', escape = '"',
            columns = {{{given}}}, strict_mode = true, max_line_size = {MAX_RECORD},
            store_rejects = true, rejects_limit = 1
        )
    """
