"""Rows on their way to a scratch file: CSV without a header, one at a time, and bounded."""

import csv
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from django.conf import settings

from segments.databases.session import Field
from segments.databases.texts import NoText
from segments.files.encoding import NOT_A_CHARACTER
from segments.files.layout import MAX_RECORD
from segments.problems import BadDatabase

Text = Callable[[Any], str]
_VALUE = re.compile(rb'(?:"(?:[^"]++|"")*+"|[^,"\n]++)*+[,\n]')


class Sink:
    """A CSV file that grows row by row; raises BadDatabase when a row or all of it is too long."""

    def __init__(self, file: BinaryIO, fields: Sequence[Field]) -> None:
        self._file = file
        self._fields = fields
        self._bytes = 0
        self._limit = settings.MAX_UPLOAD_BYTES
        self.rows = 0

    def add(self, row: bytes | bytearray | memoryview) -> None:
        """Write one row, which ends with a line break."""
        size = len(row)
        self.rows += 1
        self._bytes += size
        if size > MAX_RECORD:
            raise self._too_long(bytes(row))
        if self._bytes > self._limit:
            raise BadDatabase("database_too_large", limit=self._limit >> 20)
        self._file.write(row)

    def _too_long(self, row: bytes) -> BadDatabase:
        lengths = [len(value[0]) for value in _VALUE.finditer(row)]
        longest = lengths.index(max(lengths))
        column = self._fields[longest].name
        return BadDatabase("database_row_long", row=self.rows, column=column, limit=MAX_RECORD)

    def write(self, row: str) -> None:
        """Write one row as the csv module gives it."""
        self.add(row.encode())


def write_rows(
    rows: Iterable[Sequence[Any]],
    fields: Sequence[Field],
    texts: Sequence[Text],
    file: BinaryIO,
    *,
    seconds: int,
) -> None:
    """Write rows as CSV, each value as its column's function in `texts` says.

    Raises BadDatabase, also when it has taken `seconds`.
    """
    deadline = time.monotonic() + seconds
    writer = csv.writer(sink := Sink(file, fields), lineterminator="\n")
    for row in rows:
        if time.monotonic() > deadline:
            raise BadDatabase("database_too_slow", seconds=seconds)
        writer.writerow(_checked(row, fields, texts, sink.rows + 1))


def _checked(
    row: Sequence[Any], fields: Sequence[Field], texts: Sequence[Text], number: int
) -> list[str | None]:
    try:
        values = [
            None if value is None else text(value) for text, value in zip(texts, row, strict=True)
        ]
    except NoText:
        cells = zip(fields, texts, row, strict=True)
        column = next(field.name for field, *cell in cells if _has_no_text(*cell))
        raise BadDatabase("database_bytes_row", row=number, column=column) from None
    joined = "".join([value for value in values if value])
    if NOT_A_CHARACTER.search(joined):
        place = next(n for n, value in enumerate(values) if NOT_A_CHARACTER.search(value or ""))
        raise BadDatabase("database_character", row=number, column=fields[place].name)
    return values


def _has_no_text(text: Text, value: Any) -> bool:
    try:
        return value is not None and text(value) is None
    except NoText:
        return True
