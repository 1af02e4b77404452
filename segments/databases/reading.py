"""Reading the result of a query: a look at its first rows, and its way into a profile table."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from segments import parquet
from segments.columns import ROW, Column
from segments.databases.addresses import Address, check_url, parse_address
from segments.databases.opening import opened
from segments.databases.queries import as_query
from segments.databases.session import Field, check_names
from segments.files.csv_files import CsvFile
from segments.files.encoding import Encoding
from segments.files.layout import Layout
from segments.files.options import FileRows, Inspection, Options, Read
from segments.guessing import Meaning, guess_columns
from segments.problems import BadDatabase, BadFile

__all__ = ["check_url", "inspect_query", "read_query"]
_PREVIEWED, _LOOKED_AT = 20, 2000  # rows
_UTF8 = Encoding("utf-8")


def inspect_query(url: str, password: str, query: str, timeout_seconds: int) -> Inspection:
    """Return what a query, or a table of this name, seems to hold, by its first rows.

    Raises BadDatabase.
    """
    address = parse_address(url)
    with _fetched(address, password, query, timeout_seconds, _LOOKED_AT) as rows:
        profiles = [
            {name: value or None for name, value in zip(rows.names, row, strict=True)}
            for row in rows.first(_PREVIEWED)
        ]
        if not profiles:
            raise BadDatabase("database_no_profiles")
        columns = guess_columns(rows.names, rows.sample(), rows.declared)
        return Inspection(address.kind, Options(), columns, profiles)


def read_query(
    url: str,
    password: str,
    query: str,
    target: str,
    *,
    timeout_seconds: int,
    known: Sequence[Column] = (),
) -> Read:
    """Write the profile table `target` from a query, or from a table of this name.

    The columns in `known` keep what they mean; of the others, what the database declares and what
    the values look like decide. Rows are numbered from 1. Raises BadDatabase.
    """
    address = parse_address(url)
    with _fetched(address, password, query, timeout_seconds) as rows:
        columns = guess_columns(rows.names, rows.sample(), rows.declared, known)
        rows.write(target, columns)
    sql = f"SELECT count(*), max({ROW}) FROM read_parquet(?)"
    profiles, last = parquet.first_row(sql, [target]) or (0, None)
    if not profiles:
        raise BadDatabase("database_no_profiles")
    return Read(list(rows.names), columns, profiles, [FileRows(name=address.name, rows=last)])


@contextmanager
def _fetched(
    address: Address, password: str, query: str, seconds: int, limit: int | None = None
) -> Iterator[CsvFile]:
    """Give the rows of a query as a CSV file of our own, which is gone afterwards."""
    query = as_query(query)
    with parquet.scratch(".csv") as path:
        with opened(address, password, seconds) as session:
            fields = session.start(query, limit)
            names = check_names(fields)
            with Path(path).open("wb") as file:
                header = file.write(_header((ROW, *names)))
                session.write(file)
                if file.tell() == header:
                    raise BadDatabase("database_no_profiles")
        with _as_database():
            yield CsvFile(
                path,
                _UTF8,
                Layout(",", (ROW, *names)),
                Options(),
                declared=_declared(fields, names),
            )


def _header(names: Sequence[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def _declared(fields: Sequence[Field], names: Sequence[str]) -> dict[str, Meaning]:
    return {
        name: Meaning(field.meaning)
        for name, field in zip(names, fields, strict=True)
        if field.meaning
    }


@contextmanager
def _as_database() -> Iterator[None]:
    """Say in a database's words why our own CSV file can't be read; its header is no row there."""
    try:
        yield
    except BadFile as error:
        code = error.problem["code"]
        if code != "file_bad_character":
            raise BadDatabase("database_memory" if code == "file_memory" else code) from error
        row, column = error.problem["row"] - 1, error.problem["column"]
        raise BadDatabase("database_character", row=row, column=column) from error
