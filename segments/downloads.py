"""All members of a segment as a CSV file, made while it is being sent."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from config.spreadsheets import delimiter, formula_safe
from segments import parquet
from segments.columns import ROW
from segments.models import Snapshot
from segments.snapshots import reading_members

# Tells Excel that the file is UTF-8.
_MARK = "\ufeff"
_ROWS = 2000


class MembersCsv:
    """The members of a snapshot as chunks of a CSV file, safe to open in a spreadsheet.

    Whoever has iterated over it, or will not, closes it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        """Open the files; raises FileNotFoundError."""
        with ExitStack() as stack:
            members = stack.enter_context(reading_members(snapshot))
            connection = stack.enter_context(parquet.connect())
            self._result = connection.execute(
                f"SELECT {parquet.PROFILE} FROM {members} ORDER BY {ROW}"
            )
            self._names = [column[0] for column in self._result.description]
            self._delimiter = delimiter()
            self._stack = stack.pop_all()

    def __iter__(self) -> Iterator[bytes]:
        yield (_MARK + self._written([self._names])).encode()
        while rows := self._result.fetchmany(_ROWS):
            yield self._written(rows).encode()

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()

    def _written(self, rows: Sequence[Sequence[Any]]) -> str:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter)
        writer.writerows([formula_safe(value) for value in row] for row in rows)
        return text.getvalue()
