"""Reading a CSV file into a profile table.

Values stay exactly as they are in the file, as text; an empty value and a quoted empty value
are both NULL. Rows without any value are left out.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from segments import parquet
from segments.columns import ROW
from segments.files.encoding import PIECE, Encoding, detect_encoding
from segments.files.layout import MAX_RECORD, Layout, detect_layout
from segments.files.rewriting import rewrite_csv
from segments.problems import BadFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CsvFile:
    """What a file that was read holds."""

    columns: tuple[str, ...]
    rows: int
    delimiter: str
    encoding: str


def read_csv(path: str, target: str) -> CsvFile:
    """Write the profiles of a CSV file to the Parquet file `target`, in the order of the file.

    The table has the columns of the file and `__row`. Raises BadFile.
    """
    encoding = detect_encoding(path)
    layout = detect_layout(path, encoding)
    rows = _read(path, encoding, layout, target)
    if not rows:
        raise BadFile("file_no_profiles")
    return CsvFile(layout.columns, rows, layout.delimiter, encoding.name)


def _read(path: str, encoding: Encoding, layout: Layout, target: str) -> int:
    if encoding.is_clean and layout.is_plain:
        with _as_utf8(path, encoding) as utf8:
            rows = _copy(utf8, layout, target)
        if rows is not None:
            return rows
    with parquet.scratch(".csv") as tidy:
        rewrite_csv(path, encoding, layout, tidy)
        rows = _copy(tidy, layout, target)
    if rows is None:
        raise BadFile("file_unreadable")
    return rows


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


def _copy(path: str, layout: Layout, target: str) -> int | None:
    """Have DuckDB copy the file; return None when it refuses anything in it."""
    with parquet.connect() as connection:
        try:
            connection.execute(_copy_sql(path, layout, target))
        except duckdb.OutOfMemoryException as error:
            raise BadFile("file_memory") from error
        except duckdb.Error as error:
            # Its message quotes the file, which is nobody's business in a log.
            logger.info("DuckDB refused a CSV file: %s", type(error).__name__)
            return None
        rejected = connection.execute("SELECT count(*) FROM reject_errors").fetchone()
        if rejected != (0,):
            return None
    return parquet.count_rows(target)


def _copy_sql(path: str, layout: Layout, target: str) -> str:
    numbered = [f"c{number}" for number in range(len(layout.columns))]
    types = ", ".join(f"{column}: 'VARCHAR'" for column in numbered)
    named = zip(numbered, layout.columns, strict=True)
    selected = ", ".join(f"{column} AS {parquet.quote(name)}" for column, name in named)
    return f"""
        COPY (
            SELECT {ROW}, {selected}
            FROM (
                SELECT row_number() OVER () + 1 AS {ROW}, *
                FROM read_csv(
                    {parquet.literal(path)}, auto_detect = false, header = true,
                    delim = {parquet.literal(layout.delimiter)}, quote = '"', escape = '"',
                    columns = {{{types}}}, strict_mode = true, max_line_size = {MAX_RECORD},
                    store_rejects = true, rejects_limit = 1
                )
            )
            WHERE coalesce({", ".join(numbered)}) IS NOT NULL
        ) TO {parquet.literal(target)} {parquet.written_as(len(layout.columns))}
    """
