"""Reading an Excel workbook: a program of its own writes the sheet as CSV, see excel_program."""

import csv
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segments import parquet
from segments.files import excel_program
from segments.files.csv_files import CsvFile
from segments.files.encoding import Encoding
from segments.files.layout import Layout, named
from segments.files.options import Options
from segments.problems import BadFile

logger = logging.getLogger(__name__)
_UTF8 = Encoding("utf-8-sig")
# How a process ends that gets no more memory, or no more time.
_OUT_OF_LIMITS = {signal.SIGABRT, signal.SIGKILL, getattr(signal, "SIGXCPU", signal.SIGABRT)}
_SECONDS = 2 * excel_program.SECONDS  # by the clock, however busy the machine is


@contextmanager
def open_excel(path: str, options: Options) -> Iterator[CsvFile]:
    """Give a worksheet as a CSV file; raises BadFile."""
    with parquet.scratch(".csv") as text:
        found = _convert(path, options.sheet, text)
        yield CsvFile(
            text,
            _UTF8,
            Layout(",", named(_header(text), first=found.column)),
            Options(sheet=found.sheet),
            kind="xlsx",
            sheets=found.sheets,
            rows=found.rows,
        )


@dataclass(frozen=True)
class _Converted:
    sheet: str
    sheets: tuple[str, ...]
    column: int  # where the header begins
    rows: int


def _convert(path: str, sheet: str, target: str) -> _Converted:
    command = [sys.executable, "-I", excel_program.__file__, path, sheet, target]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise BadFile("file_workbook_too_large") from error
    found = _answer(done)
    if problem := found.pop("problem", None):
        raise BadFile(**problem)
    return _Converted(**{**found, "sheets": tuple(found["sheets"])})


def _answer(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    if done.returncode == 0:
        with suppress(ValueError):
            return dict(json.loads(done.stdout))
    # What it wrote to its standard error may quote the workbook.
    logger.info("The program that reads workbooks ended with %s", done.returncode)
    is_too_large = -done.returncode in _OUT_OF_LIMITS
    raise BadFile("file_workbook_too_large" if is_too_large else "file_workbook_broken")


def _header(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))
