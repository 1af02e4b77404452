"""Rows on their way to a scratch file: CSV, one numbered row at a time, and bounded."""

import csv
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from django.conf import settings

from segments.databases.session import Field
from segments.databases.texts import NoText
from segments.files.encoding import NOT_A_CHARACTER
from segments.files.layout import MAX_RECORD
from segments.problems import BadDatabase

Text = Callable[[Any], str]
_VALUE = re.compile(rb'(?:"(?:[^"]++|"")*+"|[^,"\n]++)*+[,\n]')


def write_lines(
    lines: Iterable[bytes | bytearray | memoryview], fields: Sequence[Field], file: BinaryIO
) -> None:
    """Write rows that are CSV already, one a line of `lines`, each with its number in front.

    Raises BadDatabase when a row, or all of it, is too long.
    """
    write = file.write
    left = settings.MAX_UPLOAD_BYTES
    for number, line in enumerate(lines, start=1):
        size = len(line)
        left -= size
        if size > MAX_RECORD:
            column = _longest(bytes(line), fields)
            raise BadDatabase("database_row_long", row=number, column=column, limit=MAX_RECORD)
        if left < 0:
            raise BadDatabase("database_too_large", limit=settings.MAX_UPLOAD_BYTES >> 20)
        write(b"".join((b"%d," % number, line)))


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
    write_lines(_lines(rows, fields, texts, seconds), fields, file)


class _Echo:
    """Where the csv module writes to; it hands back what it is given, one row at a time."""

    def write(self, row: str) -> str:
        return row


def _lines(
    rows: Iterable[Sequence[Any]], fields: Sequence[Field], texts: Sequence[Text], seconds: int
) -> Iterator[bytes]:
    deadline = time.monotonic() + seconds
    writer = csv.writer(_Echo(), lineterminator="\n")
    for number, row in enumerate(rows, start=1):
        if time.monotonic() > deadline:
            raise BadDatabase("database_too_slow", seconds=seconds)
        line: Any = writer.writerow(_checked(row, fields, texts, number))
        yield line.encode()


def _longest(line: bytes, fields: Sequence[Field]) -> str:
    lengths = [len(value[0]) for value in _VALUE.finditer(line)]
    return fields[lengths.index(max(lengths))].name


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
