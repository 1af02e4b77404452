"""Some rows of a CSV file, from all over it: what columns mean is guessed by them."""

import csv
import io
from contextlib import suppress
from itertools import islice
from pathlib import Path

from segments.files.encoding import Encoding
from segments.files.layout import Layout

_START = 500_000  # bytes at the beginning
_ROWS = 1000  # of them
_SPOTS, _SPOT = 8, 65_536  # places further on, and bytes at each
_ROWS_OF_SPOT = 150


def sample_csv(path: str, encoding: Encoding, layout: Layout) -> list[list[str]]:
    """Return rows from the beginning of a file and from places further on.

    Rows that do not have as many values as the header are left out.
    """
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        rows = _records(file.read(_START), encoding, layout)[1 : _ROWS + 1]
        # Where a character begins in the middle of UTF-16 is anybody's guess.
        if size > 2 * _START and encoding.name != "utf-16":
            for spot in range(1, _SPOTS + 1):
                file.seek(_START + (size - _START - _SPOT) * spot // _SPOTS)
                # The first and the last row are cut off.
                rows += _records(file.read(_SPOT), encoding, layout)[1 : _ROWS_OF_SPOT + 1][:-1]
    return [row for row in rows if len(row) == len(layout.columns)]


def _records(data: bytes, encoding: Encoding, layout: Layout) -> list[list[str]]:
    text = data.decode(encoding.name, errors="replace").lstrip("\r\n")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter)
    records: list[list[str]] = []
    # A spot may begin inside quotation marks; what comes before the first broken row will do.
    with suppress(csv.Error):
        records.extend(islice((record for record in reader if record), _ROWS + 2))
    return records
