"""How is a CSV file laid out: which separator, which columns?"""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from segments.columns import MAX_COLUMNS, MAX_NAME, RESERVED, ROW
from segments.files.encoding import Encoding
from segments.problems import BadFile

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD = 2_097_152  # bytes of one row that DuckDB takes; more makes it need more memory
# The csv module's own limit is global; 128 kB is less than a cell may hold here.
csv.field_size_limit(MAX_RECORD)
_SAMPLE = 1_000_000
_SAMPLE_ROWS = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER_OR_DATE = re.compile(r"[+-]?\d+([.,]\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")


@dataclass(frozen=True)
class Layout:
    """The separator and the names of the columns."""

    delimiter: str
    columns: tuple[str, ...]
    # Blank lines above the header are known to the csv module only.
    is_plain: bool = True

    @property
    def is_numbered(self) -> bool:
        """Whether the first column holds the numbers of the rows; no file of others has it."""
        return self.columns[:1] == (ROW,)


def detect_layout(path: str, encoding: Encoding, wanted: str = "") -> Layout:
    """Return the layout of a CSV file by its first rows.

    `wanted` is the one of DELIMITERS that it is said to have. Raises BadFile, also when that
    one leaves a single column where another gives several.
    """
    with Path(path).open(encoding=encoding.name, errors="replace", newline="") as file:
        sample = file.read(_SAMPLE)
    text = sample.lstrip("\r\n")
    if not text.strip():
        raise BadFile("file_empty")
    delimiter = max(DELIMITERS, key=lambda each: _fit(_records(text, each)))
    if wanted:
        _check_delimiter(text, wanted, delimiter)
        delimiter = wanted
    header = next(iter(_records(text, delimiter)), None)
    if header is None or sum(map(len, header)) > MAX_COLUMNS * MAX_NAME:
        raise BadFile("file_header_broken", limit=MAX_COLUMNS * MAX_NAME)
    return Layout(delimiter, named(header), is_plain=text == sample)


def _check_delimiter(text: str, wanted: str, detected: str) -> None:
    is_known = wanted in DELIMITERS
    if not is_known or (not _fit(_records(text, wanted))[0] and _fit(_records(text, detected))[0]):
        raise BadFile("file_wrong_delimiter", delimiter=wanted, detected=detected)


def _records(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    # What comes before the first broken row is enough to guess by.
    with suppress(csv.Error):
        records.extend(islice(reader, _SAMPLE_ROWS))
    return records


def _fit(records: list[list[str]]) -> tuple[bool, float, int]:
    """Say how well a separator fits: several columns, as many in each row, the more the better."""
    if not records:
        return (False, 0.0, 0)
    width = len(records[0])
    profiles = [record for record in records[1:] if record]
    fitting = sum(len(record) == width for record in profiles)
    return (width > 1, fitting / max(1, len(profiles)), width)


def named(header: Sequence[str], first: int = 1) -> tuple[str, ...]:
    """Return the names of the columns of a header row whose first value is in column `first`.

    Raises BadFile when they are too many, or one is missing, repeated or no name.
    """
    names = [" ".join(name.split()) for name in header]
    for position, name in enumerate(names, start=first):
        if _EMAIL.fullmatch(name) or _NUMBER_OR_DATE.fullmatch(name):
            raise BadFile("file_no_header", position=position, value=name)
    check_names(names, first)
    return tuple(names)


def check_names(names: Sequence[str], first: int = 1) -> None:
    """Raise BadFile when columns are too many, or one has no name of its own."""
    if len(names) > MAX_COLUMNS:
        raise BadFile("file_too_many_columns", columns=len(names), limit=MAX_COLUMNS)
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=first):
        _check_name(name, position)
        if earlier := seen.get(name.casefold()):
            raise BadFile("file_header_twice", column=name, first=earlier, second=position)
        seen[name.casefold()] = position


def _check_name(name: str, position: int) -> None:
    if not name:
        raise BadFile("file_header_empty", position=position)
    if len(name) > MAX_NAME:
        raise BadFile("file_header_too_long", position=position, limit=MAX_NAME)
    if name.startswith(RESERVED):
        raise BadFile("file_header_reserved", position=position, column=name)
    if not name.isprintable():
        raise BadFile("file_header_unprintable", position=position)
