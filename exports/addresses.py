"""Finds the e-mail addresses in what people paste or upload: one a line, or a CSV column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.spreadsheets import formula_safe
from exports.suggestions import NAMES, without_owner
from segments.files.encoding import detect_encoding

_DELIMITERS = ("\t", ";", ",", "|")
_PARTED = re.compile("[" + "".join(_DELIMITERS) + "]")
_AROUND = ' "'
# As mail programs write it: Ana Lima <ana@example.com>
_IN_BRACKETS = re.compile(r".*<([^<>]*)>\s*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# No address is longer; enough of a line to find it again.
_LONGEST = 300
_LONGEST_LINE = 100_000


def read_addresses(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Give every address with the number of its line, as it is written, right or wrong.

    Where the first line that is not blank names a column of e-mail addresses, they are in that
    column; elsewhere every cell with an @ is one. A line without any gives all of its text, so
    that nothing is lost silently; blank lines give nothing. Each line is a row: a cell that goes
    on in the next line is read as two.
    """
    filled = ((number, text) for number, line in enumerate(lines, 1) if (text := _plain(line)))
    first = next(filled, None)
    if first is None:
        return
    delimiter = max(_DELIMITERS, key=first[1].count)
    names = _cells(first[1], delimiter)
    column = _email_column(names)
    if column is None:
        yield from _anywhere(*first)
    for number, text in filled:
        # A file with a single column may hold several addresses in a row, as pasted text may.
        if column is None or len(names) == 1:
            yield from _anywhere(number, text)
        else:
            cells = _cells(text, delimiter)
            yield number, _bare((column < len(cells) and cells[column]) or text)


@contextmanager
def lines_of_file(path: str) -> Iterator[Iterable[str]]:
    """Give the lines of a text file, whatever its encoding; raises BadFile when it is none."""
    encoding = detect_encoding(path)
    with Path(path).open(encoding=encoding.name, errors="replace") as file:
        # A line without an end would fill the memory.
        yield iter(lambda: file.readline(_LONGEST_LINE), "")


def _anywhere(number: int, text: str) -> Iterator[tuple[int, str]]:
    cells = (cell.strip(_AROUND) for cell in _PARTED.split(text))
    for address in [cell for cell in cells if "@" in cell] or [text]:
        yield number, _bare(address)


def _cells(text: str, delimiter: str) -> list[str]:
    if delimiter not in text and '"' not in text:
        return [text]
    # One line at a time: a quotation mark that is never closed would swallow all that follows.
    [cells] = csv.reader([text], delimiter=delimiter)
    return [cell.strip() for cell in cells]


def _email_column(names: list[str]) -> int | None:
    known = (number for number, name in enumerate(names) if without_owner(name) in NAMES["email"])
    return next(known, None)


def _bare(address: str) -> str:
    """Return an address without the name before it, and as it was before it was made safe."""
    if match := _IN_BRACKETS.fullmatch(address):
        address = match[1]
    if address.startswith("'") and formula_safe(address[1:]) == address:
        address = address[1:]
    return address[:_LONGEST]


def _plain(line: str) -> str:
    kept_tabs = "\t".join(_CONTROLS.sub(" ", cell) for cell in line.lstrip("\ufeff").split("\t"))
    return kept_tabs.strip()
