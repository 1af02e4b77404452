"""Files that went wrong at random: each is read, or refused in words; nothing else happens."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from segments import parquet
from segments.files.csv_files import read_csv
from segments.problems import BadFile, describe_problem

# A longer run by hand: MUTATED_FILES=5000 pytest tests/segments/test_csv_mutations.py
FILES = int(os.environ.get("MUTATED_FILES", "60"))
TEXT = (
    "id;name;e-mail;phone;born\r\n"
    '1;"Gonçalves; Luís";luis@example.com;+55 12;1980-01-31\r\n'
    '2;"Zoë ""Z""";zoe@example.com;;31/12/1990\r\n'
    '3;"two\nlines";;=1+1;\r\n'
) * 3
WHOLE = [TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("cp1252"), TEXT.encode("utf-16")]
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


def mutated(dice: random.Random) -> bytes:
    data = bytearray(dice.choice(WHOLE))
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(5):
            case 0:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                data[at:at] = dice.choice(PIECES)
            case 2:
                del data[at : at + dice.randint(1, 40)]
            case 3:
                data[at:at] = dice.choice(WHOLE)[dice.randrange(80) :]
            case _:
                del data[max(20, at) :]
    return bytes(data)


@pytest.mark.parametrize("seed", range(FILES))
def test_a_mutated_file_is_read_or_refused_in_words(tmp_path: Path, seed: int) -> None:
    file, table = tmp_path / "people.csv", tmp_path / "people.parquet"
    file.write_bytes(mutated(random.Random(seed)))

    try:
        read = read_csv(str(file), str(table))
    except BadFile as error:
        spoken = describe_problem(error.problem)
        assert spoken is not None
        assert spoken.happened
        assert spoken.todo
    else:
        assert read.rows == parquet.count_rows(str(table)) > 0
