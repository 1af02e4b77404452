"""CSV files that people open in a spreadsheet: parted as theirs expects, and without formulas."""

import re
from collections.abc import Callable
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import Any, TextIO

from django.http import FileResponse
from django.utils.formats import get_format

# What begins a formula in one spreadsheet or another, also after a tab or in full width.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A signed number, or a phone number like +33 6 12: nothing that could do anything.
_NUMBER = re.compile(r"[+-][0-9][0-9 .,()\u00a0\u202f]*")


def delimiter() -> str:
    """Return what parts the columns: a semicolon where the comma is in the reader's numbers."""
    return ";" if get_format("DECIMAL_SEPARATOR") == "," else ","


def csv_response(write: Callable[[TextIO], None], *, name: str) -> FileResponse:
    """Return the file that `write` writes, to be saved as `name`; raises what `write` raises."""
    # On disk: there may be a million rows. The mark at its start tells Excel that it is UTF-8.
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    out = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        write(out)
    except BaseException:
        file.close()
        raise
    out.detach()
    file.seek(0)
    kind = "text/csv; charset=utf-8"
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


def formula_safe(value: Any) -> str:
    """Return `value` so that no spreadsheet takes it for a formula; None is an empty cell."""
    cell = "" if value is None else str(value)
    if cell.startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def without_apostrophe(cell: str) -> str:
    """Return what a cell held before `formula_safe`: the apostrophe before a formula goes."""
    bare = cell[1:]
    return bare if cell.startswith("'") and formula_safe(bare) == cell else cell


def is_same_value(cell: str, value: str) -> bool:
    """Whether a cell is still `value`, whatever a spreadsheet made of it when it was opened.

    Blanks around it don't count; and of numbers, which phone numbers are to it, the plus, leading
    zeros, and digits beyond what it shows are lost: 0612345678 comes back as 6.12E+08.
    """
    cell, value = cell.strip(), value.strip()
    if value in (cell, without_apostrophe(cell)):
        return True
    digits = re.sub(r"\D", "", value).lstrip("0")
    if not digits or re.search(r"[^\d\s.,()+-]", value):
        return False
    if cell.isdecimal():
        return cell.lstrip("0") == digits
    short = _SHORTENED.fullmatch(cell)
    return short is not None and _shortened(digits, len(short[2])) == (short[1], short[2], short[3])


# 6,12345E+08
_SHORTENED = re.compile(r"(\d)[.,]?(\d*)[eE]\+0*(\d{1,3})")


def _shortened(digits: str, decimals: int) -> tuple[str, str, str]:
    """Return the parts of a number in the short form of spreadsheets."""
    mantissa, exponent = f"{int(digits):.{decimals}e}".split("e+")
    first, _, rest = mantissa.partition(".")
    return first, rest, str(int(exponent))
