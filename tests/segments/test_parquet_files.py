"""What somebody's Parquet file becomes: texts people can read, and meanings that it declares."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segments import parquet
from segments.columns import Column
from segments.files.reading import Options, Read, inspect, read_files
from segments.problems import BadFile, describe_problem


def written(folder: Path, select: str, name: str = "people.parquet") -> str:
    path = folder / name
    duckdb.sql(f"COPY ({select}) TO '{path}'")
    return str(path)


def read(path: str, known: list[Column] | None = None) -> Read:
    return read_files(
        [(path, "people")], f"{path}.table.parquet", options=Options(), known=known or []
    )


def profile(path: str) -> dict[str, object]:
    with parquet.connect() as connection:
        return parquet.rows(connection, f"FROM '{path}.table.parquet'")[0]


@pytest.mark.parametrize(
    ("value", "text", "meaning", "companion"),
    [
        ("7", "7", "number:", 7.0),
        ("12.50::DECIMAL(10, 2)", "12.50", "number:", 12.5),
        ("7::DOUBLE", "7", "number:", 7.0),  # whole numbers of a column that misses some
        ("0.1::FLOAT", "0.1", "number:", 0.1),
        ("1e20::DOUBLE", "100000000000000000000", "number:", 1e20),
        ("1e-7::DOUBLE", "0.0000001", "number:", 1e-7),
        ("'nan'::DOUBLE", None, "number:", None),
        ("true", "true", "yes_no:", None),
        ("DATE '2024-01-02'", "2024-01-02", "date:", "2024-01-02"),
        ("TIMESTAMP '2024-01-02 03:04:05.678'", "2024-01-02 03:04:05", "date:", "2024-01-02"),
        ("'2024-01-02 01:00:00+02'::TIMESTAMPTZ", "2024-01-01 23:00:00", "date:", "2024-01-01"),
        ("'infinity'::DATE", None, "date:", None),
        ("TIME '01:02:03'", "01:02:03", "text:", None),
        ("'01/02/2024'", "01/02/2024", "date:dmy", "2024-02-01"),
        ("''", None, "text:", None),
    ],
)
def test_a_value_becomes_text_and_keeps_its_meaning(
    tmp_path: Path, value: str, text: str | None, meaning: str, companion: object
) -> None:
    path = written(tmp_path, f"SELECT 'x' AS id, {value} AS seen")

    found = read(path).columns[1]

    assert f"{found['type']}:{found['format']}" == meaning
    kept = profile(path)
    assert kept["seen"] == text
    typed = kept.get(f"__{found['type']}:seen")
    assert typed == companion or str(typed) == companion


@pytest.mark.parametrize(
    ("name", "value", "meaning"),
    [
        ("newsletter", "true", "consent"),
        ("phone", "33123456789", "phone"),
        ("postal code", "75001", "text"),
        ("total", "75001", "number"),
    ],
)
def test_a_name_says_more_than_a_declared_type(
    tmp_path: Path, name: str, value: str, meaning: str
) -> None:
    path = written(tmp_path, f'SELECT {value} AS "{name}"')

    assert inspect(path, "people", Options()).columns[0]["type"] == meaning


def test_what_is_known_of_a_column_stays_but_not_how_the_file_writes_it(tmp_path: Path) -> None:
    path = written(tmp_path, "SELECT 1.5 AS price, 20240102 AS code")
    known: list[Column] = [
        {"name": "price", "type": "number", "format": "comma", "description": "In euros"},
        {"name": "code", "type": "text", "format": ""},
    ]

    columns = read(path, known).columns

    assert columns == [
        {**known[0], "format": "", "looks": "number"},
        {**known[1], "looks": "number"},
    ]
    assert profile(path)["__number:price"] == 1.5


def test_rows_are_numbered_and_empty_ones_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path, "SELECT CASE WHEN range <> 1 THEN range END AS id FROM range(3) ORDER BY range"
    )

    assert read(path).rows == 2
    assert duckdb.sql(f"SELECT __row, id FROM '{path}.table.parquet'").fetchall() == [
        (2, "0"),
        (4, "2"),
    ]


def test_a_column_may_have_the_name_that_duckdb_has_for_row_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "SELECT 5 AS file_row_number UNION ALL SELECT 6 ORDER BY 1")

    read(path)

    assert duckdb.sql(f"SELECT __row, file_row_number FROM '{path}.table.parquet'").fetchall() == [
        (2, "5"),
        (3, "6"),
    ]


def test_no_sign_in_a_path_is_a_pattern(tmp_path: Path) -> None:
    path = written(tmp_path, "SELECT 1 AS id", "people[1].parquet")

    assert read(path).rows == 1


@pytest.mark.parametrize(
    ("select", "said"),
    [
        ("SELECT 1 AS id, [1, 2] AS bought", "Column “bought” holds values that are no text"),
        ("SELECT {'a': 1} AS person", "Column “person” holds values that are no text"),
        ("SELECT 'x'::BLOB AS photo", "Column “photo” holds values that are no text"),
        ("SELECT 1 AS __row", "Column 1 is called “__row”, which Facteur keeps for itself."),
        ("SELECT 1 AS id WHERE false", "The file has a header row but no profiles."),
        ("SELECT NULL::INTEGER AS id", "The file has a header row but no profiles."),
    ],
)
def test_a_parquet_file_that_cannot_be_read_is_refused_in_words(
    tmp_path: Path, select: str, said: str
) -> None:
    path = written(tmp_path, select)

    with pytest.raises(BadFile) as caught:
        read(path)

    assert said in str(describe_problem(caught.value.problem))


def test_a_damaged_parquet_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")

    with pytest.raises(BadFile) as caught:
        read(str(path))

    assert "The Parquet file is damaged" in str(describe_problem(caught.value.problem))
