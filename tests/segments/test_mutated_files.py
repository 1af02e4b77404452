"""Files that went wrong at random: each is read, or refused in words; nothing else happens.

A longer run by hand, which says at its end how much memory it took:
MUTATED_FILES=2000 pytest -s tests/segments/test_mutated_files.py
"""

from __future__ import annotations

import os
import random
import resource
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from openpyxl import Workbook

from segments import parquet
from segments.files.reading import Options, inspect, read_files
from segments.problems import BadFile, describe_problem

FILES = int(os.environ.get("MUTATED_FILES", "60"))
HEADER = ["id", "name", "e-mail", "phone", "born", "spent"]
ROWS = [
    ["1", "Gonçalves; Luís", "luis@example.com", "+55 12", "1980-01-31", "1,234.50"],
    ["2", 'Zoë "Z"', "zoe@example.com", "", "31/12/1990", "1.234,50"],
    ["3", "two\nlines", "", "=1+1", "12/31/1990", "@SUM(A1)"],
] * 3
PIECES = [
    b'"',
    b'""',
    b";",
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\t",
    b"a" * 300,
]


def csv_of(rows: list[list[str]]) -> str:
    quoted = ([f'"{value.replace(chr(34), chr(34) * 2)}"' for value in row] for row in rows)
    return "\r\n".join(";".join(row) for row in quoted) + "\r\n"


def workbook_of(rows: list[list[str]]) -> bytes:
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def parquet_of(folder: Path) -> bytes:
    file = folder / "whole.parquet"
    duckdb.sql(
        f"""COPY (SELECT range AS id, 'name ' || range AS name, DATE '1980-01-31' AS born,
        range / 7 AS spent, range % 2 = 0 AS news FROM range(500)) TO '{file}'"""
    )
    return file.read_bytes()


def packed(parts: dict[str, bytes], blanks: int = 0) -> bytes:
    """Return a ZIP file; the last of its parts ends with so many megabytes of blanks."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            with archive.open(name, "w") as part:
                part.write(data)
                for _ in range(blanks if name == list(parts)[-1] else 0):
                    part.write(b" " * 1_000_000)
    return out.getvalue()


def unpacked(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def scratched(data: bytes, dice: random.Random, pieces: list[bytes]) -> bytes:
    """Return a file with a few bytes changed, added, removed or repeated, or the end cut off."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                changed[at:at] = dice.choice(pieces)
            case 2:
                del changed[at : at + dice.randint(1, 40)]
            case 3:
                changed[at:at] = data[dice.randrange(len(data)) :][:2000]
            case _:
                del changed[max(20, at) :]
    return bytes(changed)


class Mutations:
    """Makes files that went wrong, each kind by a method that takes the dice."""

    def __init__(self, folder: Path) -> None:
        self.text = csv_of([HEADER, *ROWS])
        self.book = workbook_of([HEADER, *ROWS])
        self.parquet = parquet_of(folder)

    def make(self, dice: random.Random) -> bytes:
        made = [self.bad_text, self.bad_text, self.bad_book, self.bad_sheet, self.bad_parquet]
        rare = [self.wide, self.long_cell, self.headers, self.mixed_encodings, self.bomb]
        return dice.choice([*made, dice.choice(rare)])(dice)

    def bad_text(self, dice: random.Random) -> bytes:
        encoding = dice.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
        return scratched(self.text.encode(encoding), dice, PIECES)

    def bad_book(self, dice: random.Random) -> bytes:
        return scratched(self.book, dice, PIECES)

    def bad_sheet(self, dice: random.Random) -> bytes:
        """Return a workbook that is packed well but has broken XML inside."""
        parts = unpacked(self.book)
        name = dice.choice([name for name in parts if "xl/" in name])
        pieces = [b"<", b"/>", b"&", b"99999999", b"XFD1048576", b"-1", b"<row/>", b' t="s"']
        parts[name] = scratched(parts[name], dice, pieces)
        return packed(parts)

    def bad_parquet(self, dice: random.Random) -> bytes:
        if dice.random() < 0.5:  # where the description of everything is
            middle = len(self.parquet) - 600
            end = scratched(self.parquet[middle:-8], dice, PIECES) + self.parquet[-8:]
            return self.parquet[:middle] + end
        return scratched(self.parquet, dice, PIECES)

    def wide(self, dice: random.Random) -> bytes:
        columns = dice.choice([400, 401, 5000])
        rows = [[f"column {number}" for number in range(columns)], ["value"] * columns]
        return csv_of(rows).encode() if dice.random() < 0.7 else workbook_of(rows)

    def long_cell(self, dice: random.Random) -> bytes:
        rows = [HEADER, *ROWS]
        rows = [list(row) for row in rows]
        rows[dice.randrange(len(rows))][dice.randrange(6)] = "é" * dice.choice([40_000, 1_000_000])
        return csv_of(rows).encode()

    def headers(self, dice: random.Random) -> bytes:
        header = dice.choices([*HEADER, "", "ID", " id ", "__row", "7", "a@b.org", "x" * 300], k=6)
        rows = [header, *ROWS]
        return csv_of(rows).encode() if dice.random() < 0.5 else workbook_of(rows)

    def mixed_encodings(self, dice: random.Random) -> bytes:
        lines = [[*HEADER], *ROWS * 5]
        encodings = dice.choices(["utf-8", "cp1252", "utf-16-le"], weights=[6, 6, 1], k=len(lines))
        pairs = zip(lines, encodings, strict=True)
        return b"".join(csv_of([line]).encode(encoding) for line, encoding in pairs)

    def bomb(self, dice: random.Random) -> bytes:
        """Return a small workbook that asks for much: bytes, cells, or the same text over again."""
        parts = unpacked(self.book)
        sheet = "xl/worksheets/sheet1.xml"
        match dice.randrange(4):
            case 0:
                del parts[sheet]
                return packed({**parts, sheet: b"<worksheet><sheetData>"}, blanks=300)
            case 1:
                far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
            case 2:
                cell = b'<c t="inlineStr"><is><t>' + b"x" * 30_000_000 + b"</t></is></c>"
                row = b"<row>" + cell * 3 + b"</row></sheetData>"
                parts[sheet] = parts[sheet].replace(b"</sheetData>", row)
            case _:
                text = b"<si><t>" + b"x" * 30_000 + b"</t></si>"
                parts["xl/sharedStrings.xml"] = b"<sst>" + text + b"</sst>"
                rows = b'<row><c t="s"><v>0</v></c></row>' * 200_000
                parts[sheet] = b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"
        return packed(parts)


@pytest.fixture(scope="module")
def mutations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mutations]:
    yield Mutations(tmp_path_factory.mktemp("whole"))
    if FILES > 100:
        peaks = [resource.getrusage(who).ru_maxrss // 1024 for who in (0, resource.RUSAGE_CHILDREN)]
        print(f"\npeak memory {peaks[0]} MB, of the programs it started {peaks[1]} MB")


def spoken(outcome: Callable[[], object]) -> bool:
    """Say whether it was refused, in words that say what happened and what to do."""
    try:
        outcome()
    except BadFile as error:
        said = describe_problem(error.problem)
        assert said is not None
        assert said.happened.startswith("people")
        assert said.todo
        assert "%(" not in str(said)
        return True
    return False


@pytest.mark.usefixtures("nothing_left_at_work")
@pytest.mark.parametrize("seed", range(FILES))
def test_a_mutated_file_is_read_or_refused_in_words(
    tmp_path: Path, mutations: Mutations, seed: int
) -> None:
    file, table = tmp_path / "people", tmp_path / "people.parquet"
    file.write_bytes(mutations.make(random.Random(seed)))

    spoken(lambda: inspect(str(file), "people", Options()))
    refused = spoken(lambda: read_files([(str(file), "people")], str(table), options=Options()))

    counted = "SELECT count(*) > 0 FROM read_parquet(?)"
    assert refused or parquet.first_row(counted, [str(table)]) == (True,)
    assert {each.name for each in tmp_path.iterdir()} <= {"people", "people.parquet"}
