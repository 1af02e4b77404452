"""What a worksheet becomes, and what is said about a workbook that can't be read."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook

from segments import parquet
from segments.columns import ROW
from segments.files.reading import Options, inspect, read_files
from segments.problems import BadFile, describe_problem


def book_of(*rows: list[Any], **sheets: list[list[Any]]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, further in sheets.items():
        sheet = book.create_sheet(name)
        for row in further:
            sheet.append(row)
    return book


def saved(book: Workbook, folder: Path) -> str:
    path = folder / "people.xlsx"
    book.save(path)
    return str(path)


def read(path: str, sheet: str = "") -> list[tuple[object, ...]]:
    table = f"{path}.parquet"
    read_files([(path, "people.xlsx")], table, options=Options(sheet=sheet))
    found: list[tuple[object, ...]] = duckdb.sql(
        f"SELECT {ROW}, {parquet.PROFILE} FROM '{table}'"
    ).fetchall()
    return found


def refusal(path: str, sheet: str = "") -> str:
    with pytest.raises(BadFile) as caught:
        read(path, sheet)
    return str(describe_problem(caught.value.problem))


def test_values_are_written_as_people_see_them(tmp_path: Path) -> None:
    values = [
        *(7, 0.1 + 0.2, 1e20, 1e-7, "007", True, "two\r\nlines", date(2024, 1, 2)),
        *(datetime.fromisoformat("2024-01-02 03:04:05"), time(9, 30), timedelta(hours=30), None),
    ]
    names = [f"column {chr(97 + number)}" for number in range(len(values))]

    rows = read(saved(book_of(names, values), tmp_path))

    assert rows == [
        (
            *(2, "7", "0.3", "100000000000000000000", "0.0000001", "007", "true", "two\nlines"),
            *("2024-01-02", "2024-01-02 03:04:05", "09:30:00", "30:00:00", None),
        )
    ]


def test_what_is_empty_around_the_profiles_is_dropped(tmp_path: Path) -> None:
    book = book_of([], [None, "id", "name"], [None, 1, "Ana"], [], [None, 2, "Zoë"])
    book.active["F9"] = ""

    assert read(saved(book, tmp_path)) == [(2, "1", "Ana"), (4, "2", "Zoë")]


def test_the_first_sheet_that_is_seen_and_holds_anything_is_read(tmp_path: Path) -> None:
    book = book_of(Hidden=[["id"], [1]], People=[["id"], [2]], Others=[["id"], [3]])
    book["Hidden"].sheet_state = "hidden"
    path = saved(book, tmp_path)

    found = inspect(path, "people.xlsx", Options())

    assert (found.kind, found.options) == ("xlsx", Options(sheet="People"))
    assert found.sheets == ["Sheet", "Hidden", "People", "Others"]
    assert (found.rows, found.profiles) == (1, [{"id": "2"}])
    assert read(path, sheet="Others") == [(2, "3")]


def test_a_workbook_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    path = Path(saved(book_of(["id"], [1]), tmp_path)).rename(tmp_path / "people.csv")

    assert read(str(path)) == [(2, "1")]


@pytest.mark.parametrize(
    ("rows", "sheet", "said"),
    [
        ([["id"], [1]], "Gone", "The workbook has no sheet “Gone”; it has: Sheet."),
        ([], "", "The sheet is empty: Sheet."),
        ([], "Sheet", "The sheet is empty: Sheet."),
        ([["id"]], "", "The file has a header row but no profiles."),
        ([["id", None], [1, 2]], "", "Column 2 of the first row has no name."),
        ([["id", "ID"], [1, 2]], "", "Columns 1 and 2 are both called “ID”."),
        ([["id", 2024], [1, 2]], "", "column 2 is “2024”"),
        ([["id"] * 401, [1] * 401], "", "The file has 401 columns; at most 400 are possible."),
        ([["a"] * 80, [], ["x" * 30_000] * 80], "", "Row 3 is longer than"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, rows: list[list[Any]], sheet: str, said: str
) -> None:
    assert said in refusal(saved(book_of(*rows), tmp_path), sheet)


def with_part(book: Workbook, name: str, change: Any) -> bytes:
    whole, out = BytesIO(), BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return out.getvalue()


def with_sheet(change: Any) -> bytes:
    return with_part(book_of(["id"], [1]), "xl/worksheets/sheet1.xml", change)


def zipped(**parts: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


@pytest.mark.usefixtures("nothing_left_at_work")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_sheet(lambda data: data)[:-300], "The Excel workbook is damaged"),
        (with_sheet(lambda data: data[:-40]), "The Excel workbook is damaged"),
        (with_sheet(lambda data: data.replace(b"</sheetData>", FAR)), "takes more memory or time"),
        (zipped(letter=b"Hello"), "This is a ZIP file but not an Excel workbook."),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "the old format of Excel (xls)"),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "The file is protected by a password.",
        ),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, data: bytes, said: str
) -> None:
    file = tmp_path / "people.xlsx"
    file.write_bytes(data)

    assert said in refusal(str(file))
