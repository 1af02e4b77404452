"""CSV files that people open in a spreadsheet: parted as theirs expects, and without formulas."""

import re
from typing import Any

from django.utils.formats import get_format

# What begins a formula in one spreadsheet or another, also after a tab or in full width.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A signed number, or a phone number like +33 6 12: nothing that could do anything.
_NUMBER = re.compile(r"[+-][0-9][0-9 .,()\u00a0\u202f]*")


def delimiter() -> str:
    """Return what parts the columns: a semicolon where the comma is in the reader's numbers."""
    return ";" if get_format("DECIMAL_SEPARATOR") == "," else ","


def formula_safe(value: Any) -> str:
    """Return `value` so that no spreadsheet takes it for a formula; None is an empty cell."""
    cell = "" if value is None else str(value)
    if cell.startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
