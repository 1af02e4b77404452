"""What a CSV file becomes, and what is said about one that can't be read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from django.utils import translation

from segments import parquet
from segments.columns import ROW
from segments.files.reading import Options, read_files
from segments.problems import BadFile, describe_problem

Row = tuple[object, ...]


def read(folder: Path, data: bytes | str) -> list[Row]:
    file, table = folder / "people.csv", folder / "people.parquet"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    read_files([(str(file), "people.csv")], str(table), options=Options())
    found: list[Row] = duckdb.sql(f"SELECT {ROW}, {parquet.PROFILE} FROM '{table}'").fetchall()
    return found


def refusal(folder: Path, data: bytes | str) -> str:
    with pytest.raises(BadFile) as caught:
        read(folder, data)
    return str(describe_problem(caught.value.problem))


def test_values_stay_exactly_as_they_are_in_the_file(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,phone,name\n007,+33 1 23, Zoë  \n8,NULL,#1\n")

    assert rows == [(2, "007", "+33 1 23", " Zoë  "), (3, "8", "NULL", "#1")]


def test_an_empty_value_is_null_whether_quoted_or_not(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b,c\n1,,""\n') == [(2, "1", None, None)]


def test_quoted_values_keep_line_breaks_quotes_and_separators(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"x""y\nz","1,2"\n') == [(2, 'x"y\nz', "1,2")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "name,price\nZoë,one.5\nAna,two:7\n".replace(",", delimiter)

    assert read(tmp_path, text) == [(2, "Zoë", "one.5"), (3, "Ana", "two:7")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    text = "name,city\nGonçalves,Genève\n"

    assert read(tmp_path, text.encode(encoding)) == [(2, "Gonçalves", "Genève")]


@pytest.mark.parametrize("lines", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_is_read(tmp_path: Path, lines: str) -> None:
    assert read(tmp_path, lines.join(["a,b", "1,2", "3,4"])) == [(2, "1", "2"), (3, "3", "4")]


def test_line_breaks_of_two_kinds_in_one_file_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\r\n1,2\n3,4\r\n") == [(2, "1", "2"), (3, "3", "4")]


def test_rows_without_any_value_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "\n\na,b\n1,2\n,\n3,4\n\n") == [(2, "1", "2"), (4, "3", "4")]


def test_a_separator_at_the_end_of_a_row_is_forgiven(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2,\n") == [(2, "1", "2")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\n \n", "The file is empty."),
        (b"a,b\n", "The file has a header row but no profiles."),
        (b"a,b\n,\n", "The file has a header row but no profiles."),
        (b"a,b\n1,2\n1,2,3\n", "Row 3 does not have as many columns as the header: 3 instead of 2"),
        (b"a,b\n\n1\n", "Row 3 does not have as many columns as the header: 1 instead of 2."),
        (b"a,A \n1,2\n", "Columns 1 and 2 are both called “A”."),
        (b"a,,c\n1,2,3\n", "Column 2 of the first row has no name."),
        (b"a,__ROW\n1,2\n", "Column 2 is called “__ROW”"),
        (b"name,ann@example.org\nx,y\n", "column 2 is “ann@example.org”"),
        (b"ann,12.5\nbob,3\n", "column 2 is “12.5”"),
        (b"ann,2024-01-31\nbob,2024-02-28\n", "column 2 is “2024-01-31”"),
        (b'a,b\n1,"2\n3,4\n', "Row 2, column “b”: the quotation mark that opens here"),
        (b'a,b\n1,2\n3,"4"5\n', "Row 3, column “b”: there is text after the closing"),
        (b"a,b\n1,\x002\n", "Row 2, column “b”: there is a byte that is not a character."),
        ("a,b\néé,é\n1,\n".encode() + b"x,\xff\n", "Row 4, column “b”: there is a byte that"),
        (b"a,b\n\xe9,\x81\n", "Row 2, column “b”: there is a byte that is not a character."),
        (b"\xff\xfea\x00\n\x00\x00\xd8", "The file says it is UTF-16 but holds bytes"),
        (bytes(range(256)) * 4, "This is no CSV, Excel or Parquet file"),
        (b"a" * 300 + b",b\n1,2\n", "The name of column 1 is longer than 255 characters."),
        (b"x," * 1500 + b"x\n", "The file has 1501 columns; at most 400 are possible."),
        (b"x" * 3_000_000, "The first row can’t be read."),
        (b"a,b\n1,2\n" + b"x" * 3_000_000 + b",2\n", "Row 3 is longer than"),
        (b'a,b\n1,2\n"' + b"x" * 3_000_000, "Row 3 is longer than"),
        (b'a,b\n1,2\n"' + b"x,y\n" * 700_000, "Row 3, column “a”: the quotation mark that"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_row_and_column(
    tmp_path: Path, data: bytes, said: str
) -> None:
    assert said in refusal(tmp_path, data)


def test_a_file_as_wide_as_possible_is_read_within_the_memory_of_a_worker(tmp_path: Path) -> None:
    header = ",".join(f"column {number}" for number in range(400))
    file = tmp_path / "wide.csv"
    file.write_text(header + "\n" + ("value," * 399 + "value\n") * 5000)

    read = read_files([(str(file), "")], str(tmp_path / "wide.parquet"), options=Options())

    assert read.rows == 5000


def test_a_refusal_speaks_the_language_of_the_reader(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, "")

    with translation.override("fr"):
        spoken = describe_problem(caught.value.problem)
    assert spoken is not None
    assert spoken.happened == "people.csv\N{NO-BREAK SPACE}: Le fichier est vide."
