"""A second, patient reading of a CSV file: it finds the first problem, or writes it tidily.

DuckDB reads well-formed files many times faster but doesn't say exactly what is wrong with the
others, and refuses a few harmless ones (line breaks of two kinds).
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from segments.files.encoding import NOT_A_CHARACTER, Encoding
from segments.files.layout import MAX_RECORD, Layout
from segments.problems import BadFile

# A quoted value; the group is its closing quotation mark, or empty.
_QUOTED = re.compile(r'"(?:[^"]++|"")*+("?)')


def rewrite_csv(path: str, encoding: Encoding, layout: Layout, target: str) -> None:
    """Write the file again as plain UTF-8 with one kind of line break, separator and quoting.

    Raises BadFile for the first row that can't be read. Holds one row in memory.
    """
    with Path(target).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=layout.delimiter)
        writer.writerows(read_patiently(path, encoding, layout))


def read_patiently(path: str, encoding: Encoding, layout: Layout) -> Iterator[list[str]]:
    """Give the header and each row that is not blank; raises BadFile for the first bad one."""
    with Path(path).open(encoding=encoding.name, errors=encoding.errors, newline="") as file:
        try:
            for row, record in _records(file, layout):
                yield _checked(record, row, layout)
        except UnicodeError as error:  # beyond what was looked at to tell the encoding
            raise BadFile("file_encoding") from error


class _Lines:
    """The lines of a file, remembering those of the row that is being read."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.current: list[str] = []
        self.row = 1

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(MAX_RECORD + 1):
            if len(line) > MAX_RECORD:
                raise BadFile("file_row_too_long", row=self.row, limit=MAX_RECORD)
            self.current.append(line)
            yield line

    def next_row(self) -> None:
        self.row += 1
        self.current.clear()


def _records(file: IO[str], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its number; blank lines count, as they do in a spreadsheet."""
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _misquoted("".join(lines.current), lines.row, layout) from error
        if record:
            yield lines.row, record
        lines.next_row()


def _checked(record: list[str], row: int, layout: Layout) -> list[str]:
    expected = len(layout.columns)
    if len(record) == expected + 1 and not record[-1]:
        record = record[:-1]
    if len(record) != expected:
        raise BadFile("file_ragged", row=row, found=len(record), expected=expected)
    joined = "".join(record)
    if len(joined.encode(errors="surrogateescape")) > MAX_RECORD - 3 * expected:
        raise BadFile("file_row_too_long", row=row, limit=MAX_RECORD)
    if NOT_A_CHARACTER.search(joined):
        bad = [bool(NOT_A_CHARACTER.search(value)) for value in record].index(True)
        raise BadFile("file_bad_character", row=row, column=layout.columns[bad])
    return record


def _misquoted(record: str, row: int, layout: Layout) -> BadFile:
    """Return the problem of a row that the csv module stumbled over."""
    position = at = 0
    while True:
        if quoted := _QUOTED.match(record, at):
            at = quoted.end()
            if not quoted[1]:
                return BadFile("file_quote", row=row, column=_called(position, layout))
            if record[at : at + 1] not in ("", "\r", "\n", layout.delimiter):
                return BadFile("file_text_after_quote", row=row, column=_called(position, layout))
        at = record.find(layout.delimiter, at) + 1
        if not at:
            return BadFile("file_row_unreadable", row=row)
        position += 1


def _called(position: int, layout: Layout) -> str:
    return layout.columns[position] if position < len(layout.columns) else str(position + 1)
