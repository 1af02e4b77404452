"""Files of any kind on their way into a profile table: what is chosen, known, and put together."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segments.columns import Column
from segments.files.reading import FileRows, Options, Read, inspect, locate, read_files
from segments.problems import BadFile, describe_problem


def files_of(folder: Path, *texts: str) -> list[tuple[str, str]]:
    files = []
    for number, text in enumerate(texts, start=1):
        path = folder / f"upload {number}"
        path.write_text(text, newline="")
        files.append((str(path), f"day {number}.csv"))
    return files


def read(folder: Path, *texts: str, known: list[Column] | None = None) -> Read:
    target = str(folder / "table.parquet")
    return read_files(files_of(folder, *texts), target, options=Options(), known=known or [])


def table(folder: Path) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = duckdb.sql(f"FROM '{folder / 'table.parquet'}'").fetchall()
    return found


def refusal(folder: Path, data: bytes | str, options: Options) -> str:
    file = folder / "people.csv"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(BadFile) as caught:
        read_files([(str(file), "people.csv")], str(folder / "table.parquet"), options=options)
    return str(describe_problem(caught.value.problem))


def test_a_table_has_numbers_and_dates_beside_the_texts(tmp_path: Path) -> None:
    read(tmp_path, "id;spent;born\na;1.234,50;31/12/1990\nb;;\n")

    kept = duckdb.sql(
        f"""SELECT spent, "__number:spent", born, CAST("__date:born" AS VARCHAR)
        FROM '{tmp_path / "table.parquet"}'"""
    ).fetchall()
    assert kept == [("1.234,50", 1234.5, "31/12/1990", "1990-12-31"), (None, None, None, None)]


def test_what_is_known_of_a_column_stays_and_the_rest_is_guessed(tmp_path: Path) -> None:
    known: list[Column] = [{"name": "code", "type": "text", "format": "", "description": "Ours"}]

    code, spent = read(tmp_path, "code,spent\n1,2\n", known=known).columns

    assert code == {**known[0], "looks": "number"}
    assert (spent["type"], spent["looks"]) == ("number", "number")


def test_several_files_become_one_table_whose_rows_run_on(tmp_path: Path) -> None:
    found = read(tmp_path, "id,name\na,Ana\n,\nb,Zoë\n", "NAME;ID\nLuís;c\n", "id,name\n")

    assert table(tmp_path) == [(2, "a", "Ana"), (4, "b", "Zoë"), (5, "c", "Luís")]
    assert (found.names, found.rows) == (["id", "name"], 3)
    assert [(file["name"], file["rows"]) for file in found.files] == [
        *(("day 1.csv", 3), ("day 2.csv", 1), ("day 3.csv", 0))
    ]


def test_a_row_of_the_table_is_found_again_in_its_file() -> None:
    files: list[FileRows] = [{"name": "a.csv", "rows": 3}, {"name": "b.csv", "rows": 1}]

    assert [locate(files, row) for row in (2, 4, 5)] == [("a.csv", 2), ("a.csv", 4), ("b.csv", 2)]
    with pytest.raises(LookupError):
        locate(files, 6)


def test_what_a_column_means_must_hold_in_all_files(tmp_path: Path) -> None:
    found = read(tmp_path, "spent\n1\n2\n", "spent\nmuch\nlittle\n")

    assert found.columns[0]["type"] == "text"


@pytest.mark.usefixtures("nothing_left_at_work")
@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("id\nb\n", "day 2.csv: There is no column “name”, which “day 1.csv” has."),
        ("id,name,x\nb,c,d\n", "day 2.csv: There is a column “x”, which “day 1.csv” does not"),
        ("id,name\nb,c\nd,e,f\n", "day 2.csv: Row 3 does not have as many columns"),
    ],
)
def test_a_file_that_does_not_fit_the_others_is_named(
    tmp_path: Path, second: str, said: str
) -> None:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, "id,name\na,Ana\n", second)

    assert str(describe_problem(caught.value.problem)).startswith(said)


def test_what_is_chosen_counts_more_than_what_is_detected(tmp_path: Path) -> None:
    file, target = tmp_path / "people.csv", str(tmp_path / "table.parquet")
    file.write_bytes("id,price\n1,5 €;x\n".encode("iso-8859-15"))

    options = Options(encoding="iso-8859-15", delimiter=",")
    read_files([(str(file), "people.csv")], target, options=options)

    assert table(tmp_path)[0][:3] == (2, "1", "5 €;x")
    assert inspect(str(file), "people.csv", options).options == options


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        ("a,b\n1,2\n", Options(delimiter=";"), "“;” does not part the columns of this file; “,”"),
        ("a,b\n1,2\n", Options(delimiter="x"), "“x” does not part the columns"),
        ("a,b\n1,2\n", Options(encoding="utf-16"), "The file can’t be read as “utf-16”."),
        ("a,b\n1,2\n", Options(encoding="klingon"), "The file can’t be read as “klingon”."),
        ("a,b\n1,é\n".encode("utf-16"), Options(encoding="utf-8"), "can’t be read as “utf-8”."),
        (b"a,b\n1,\xe9\n", Options(encoding="utf-8"), "Row 2, column “b”: there is a byte"),
    ],
)
def test_a_wrong_choice_ends_in_words(
    tmp_path: Path, data: bytes | str, options: Options, said: str
) -> None:
    assert said in refusal(tmp_path, data, options)


def test_an_inspection_shows_the_first_profiles_and_what_was_detected(tmp_path: Path) -> None:
    rows = "".join(f"{number};ana{number}@example.com\r\n" for number in range(50))
    file = tmp_path / "people.csv"
    file.write_bytes(b"id;mail\r\n" + rows.encode())

    found = inspect(str(file), "people.csv", Options())

    assert found.options == Options(encoding="utf-8", delimiter=";")
    assert [column["type"] for column in found.columns] == ["number", "email"]
    assert len(found.profiles) == 20
    assert found.profiles[0] == {"id": "0", "mail": "ana0@example.com"}
    assert (found.kind, found.rows, found.size) == ("csv", None, file.stat().st_size)


def test_what_comes_late_in_a_large_file_counts_for_what_a_column_means(tmp_path: Path) -> None:
    early = "".join(f"{number},{number}\n" for number in range(100_000))
    late = "".join(f"{number},n/a\n" for number in range(200_000))

    columns = read(tmp_path, "id,spent\n" + early + late).columns

    assert [column["type"] for column in columns] == ["number", "text"]


def test_options_are_stored_as_what_is_chosen() -> None:
    options = Options.from_json({"delimiter": ";", "of yesterday": 1, "sheet": None})

    assert options == Options(delimiter=";")
    assert options.to_json() == {"delimiter": ";"}
