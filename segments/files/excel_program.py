"""A program of its own that writes a worksheet of an Excel workbook as CSV.

The library that reads workbooks holds a whole sheet in memory, as wide and as high as its
farthest cell, and ends the process when that is too much: four kilobytes are enough to ask for
half a terabyte. So it works here, where memory and time are limited and nothing else is lost.

    python excel_program.py WORKBOOK SHEET TARGET

SHEET may be empty. Prints what was written as JSON, or {"problem": {"code": ...}}. Imports nothing
of Facteur.
"""

import csv
import json
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

MEMORY = 400 * 1024 * 1024  # bytes
SECONDS = 120  # of the processor
MAX_UNPACKED = 1024 * 1024 * 1024  # bytes
MAX_ROW = 2_000_000  # bytes; DuckDB takes as much
_ENCRYPTED = 1  # a flag of a file in an archive


class _Unreadable(Exception):
    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.problem = {"code": code, **values}


def main(path: str, sheet: str, target: str) -> None:
    """Write the sheet, print what was written or why it can't be."""
    try:
        _limit()
        _check_archive(path)
        found = _convert(path, sheet, target)
    except _Unreadable as error:
        found = {"problem": error.problem}
    except calamine.PasswordError:
        found = {"problem": {"code": "file_encrypted"}}
    except MemoryError:
        found = {"problem": {"code": "file_workbook_too_large"}}
    except (calamine.CalamineError, zipfile.BadZipFile):
        found = {"problem": {"code": "file_workbook_broken"}}
    sys.stdout.write(json.dumps(found))


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _check_archive(path: str) -> None:
    with zipfile.ZipFile(path) as archive:
        files = archive.infolist()
    if not any(file.filename.lower().startswith("xl/workbook") for file in files):
        raise _Unreadable("file_not_a_workbook")
    if any(file.flag_bits & _ENCRYPTED for file in files):
        raise _Unreadable("file_encrypted")
    if sum(file.file_size for file in files) > MAX_UNPACKED:
        raise _Unreadable("file_workbook_too_large")


def _convert(path: str, wanted: str, target: str) -> dict[str, Any]:
    with Path(path).open("rb") as file:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
    sheets = [
        each.name
        for each in workbook.sheets_metadata
        if each.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    sheet = _choose(workbook, wanted, sheets)
    top, left = sheet.start or (0, 0)
    columns = _width(sheet)
    with Path(target).open("w", encoding="utf-8", newline="") as out:
        rows = _write(sheet, columns, top, out)
    return {"sheet": sheet.name, "sheets": sheets, "column": left + 1, "rows": rows}


def _choose(
    workbook: calamine.CalamineWorkbook, wanted: str, sheets: list[str]
) -> calamine.CalamineSheet:
    """Return the sheet that is wanted, or else the first one that is seen and holds anything."""
    if wanted and wanted not in sheets:
        raise _Unreadable("file_no_sheet", sheet=wanted, sheets=", ".join(sheets))
    seen = {
        each.name
        for each in workbook.sheets_metadata
        if each.visible == calamine.SheetVisibleEnum.Visible
    }
    for name in [wanted] if wanted else [name for name in sheets if name in seen]:
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height:
            return sheet
    raise _Unreadable("file_sheet_empty", sheet=wanted or ", ".join(sheets))


def _width(sheet: calamine.CalamineSheet) -> int:
    """Return how many columns there are up to the last that holds anything."""
    width = 0
    for row in sheet.iter_rows():
        while width < len(row) and any(value not in ("", None) for value in row[width:]):
            width += 1
    return width


def _write(sheet: calamine.CalamineSheet, columns: int, top: int, out: Any) -> int:
    """Write rows up to the last that holds anything; return how many follow the first."""
    writer = csv.writer(out)
    blank, rows = 0, -1
    for number, row in enumerate(sheet.iter_rows(), start=top + 1):
        texts = _texts(row[:columns], number)
        if not any(texts):
            blank += 1
            continue
        # A blank row in between keeps its number; above the first one there is none.
        for _ in range(blank if rows >= 0 else 0):
            writer.writerow([""] * columns)
        rows += 1 + (blank if rows >= 0 else 0)
        blank = 0
        writer.writerow(texts)
    return rows


def _texts(row: list[Any], number: int) -> list[str]:
    texts = [_TEXTS[type(value)](value) for value in row]
    if sum(map(len, texts)) * 4 > MAX_ROW and len("".join(texts).encode()) > MAX_ROW:
        raise _Unreadable("file_row_too_long", row=number, limit=MAX_ROW)
    return texts


def _number(value: float) -> str:
    """Return a number with the 15 digits that Excel knows, without exponent or needless zeros."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _moment(value: datetime) -> str:
    value += timedelta(microseconds=500_000)  # Excel's days are fractions: 09:59:59.999 is ten
    return value.strftime("%Y-%m-%d %H:%M:%S")


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


_TEXTS: dict[type, Callable[[Any], str]] = {
    # A NUL, which Excel writes as _x0000_, is no text anywhere else.
    str: lambda value: value.replace("\0", "") if "\0" in value else value,
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.strftime("%H:%M:%S"),
    timedelta: _duration,
    type(None): lambda _value: "",
}


if __name__ == "__main__":
    main(*sys.argv[1:])
