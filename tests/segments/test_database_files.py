"""SQLite databases lie in the folder for incoming files, and are only ever read."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from segments.databases.addresses import parse_address
from segments.databases.reading import inspect_query
from segments.databases.sqlite import find_file
from segments.problems import BadDatabase
from tests.databases import File


def code_of(url: str, query: str = "customers", seconds: int = 20) -> str:
    with pytest.raises(BadDatabase) as refused:
        inspect_query(url, "", query, seconds)
    return str(refused.value.problem["code"])


def test_a_file_in_a_folder_of_the_folder_is_found(sqlite: File, incoming: Path) -> None:
    (incoming / "music").mkdir()
    sqlite.path.rename(incoming / "music" / "shop.sqlite")

    assert inspect_query("sqlite:///music/shop.sqlite", "", "customers", 20).profiles
    assert inspect_query(f"sqlite:///{incoming}/music/shop.sqlite", "", "customers", 20).profiles


def test_a_file_name_may_hold_signs_that_addresses_use(sqlite: File, incoming: Path) -> None:
    sqlite.path.rename(incoming / "shop?mode=rwc#1 %41.sqlite")

    found = inspect_query("sqlite:///shop%3Fmode%3Drwc%231%20%2541.sqlite", "", "customers", 20)

    assert len(found.profiles) == 3


@pytest.mark.parametrize(
    "name",
    [
        "../shop.sqlite",
        "a/../../shop.sqlite",
        "/etc/passwd",
        "link.sqlite",
        "linked/shop.sqlite",
    ],
)
def test_no_path_leads_out_of_the_folder(sqlite: File, incoming: Path, name: str) -> None:
    outside = sqlite.path.rename(incoming.parent / "shop.sqlite")
    (incoming / "a").mkdir()
    (incoming / "link.sqlite").symlink_to(outside)
    (incoming / "linked").symlink_to(incoming.parent)

    assert code_of(f"sqlite:///{name}") == "database_file_outside"


def test_facteurs_own_database_is_no_source_wherever_it_lies(
    sqlite: File, incoming: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.DATABASES["default"]
    monkeypatch.setitem(own, "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(own, "NAME", sqlite.path)
    os.link(sqlite.path, incoming / "copy.sqlite")

    assert code_of("sqlite:///shop.sqlite") == "database_file_outside"
    assert code_of("sqlite:///copy.sqlite") == "database_file_outside"


@pytest.mark.parametrize("name", ["gone.sqlite", "music", "x" * 400, "a/" * 200 + "b"])
def test_a_file_that_is_not_there_is_said_to_be_missing(
    sqlite: File, incoming: Path, name: str
) -> None:
    (incoming / "music").mkdir()

    assert code_of(f"sqlite:///{name}") == "database_file_gone"


def test_links_in_a_circle_are_no_file(incoming: Path) -> None:
    (incoming / "a").symlink_to(incoming / "b")
    (incoming / "b").symlink_to(incoming / "a")

    assert code_of("sqlite:///a") == "database_file_gone"


def test_another_file_is_said_to_be_no_database(incoming: Path) -> None:
    (incoming / "notes.txt").write_text("SQLite format 2, or so")

    assert code_of("sqlite:///notes.txt") == "database_file_other"


def test_a_broken_database_is_refused_without_a_traceback(sqlite: File) -> None:
    data = bytearray(sqlite.path.read_bytes())
    data[100:4000] = os.urandom(3900)
    sqlite.path.write_bytes(data)

    assert code_of(sqlite.url) in ("database_query", "database_failed")


def test_a_file_that_somebody_writes_is_said_to_be_locked(sqlite: File) -> None:
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")

        code = code_of(sqlite.url, seconds=1)

    assert code == "database_file_locked"


@pytest.mark.parametrize(
    "query",
    [
        "ATTACH DATABASE '{outside}' AS other",
        "ATTACH DATABASE '{outside}' AS other; SELECT * FROM other.customers",
        "VACUUM INTO '{outside}'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('{outside}') AS x",
        "SELECT fts3_tokenizer('simple') AS x",
        "SELECT writefile('{outside}', 'x') AS x",
        "SELECT readfile('/etc/passwd') AS x",
        "INSERT INTO customers (id) VALUES (9) RETURNING id",
        "WITH gone AS (SELECT 1) DELETE FROM customers",
        "CREATE TEMP TABLE x AS SELECT * FROM customers",
        "CREATE VIRTUAL TABLE temp.x USING fts5(a)",
        "REINDEX",
        "BEGIN IMMEDIATE",
        "SAVEPOINT x",
    ],
)
def test_a_statement_that_does_more_than_read_is_refused(
    sqlite: File, incoming: Path, query: str
) -> None:
    before = sqlite.path.read_bytes()
    outside = incoming.parent / "outside.sqlite"

    code = code_of(sqlite.url, query.format(outside=outside))

    assert code in ("database_writes", "database_several", "database_query")
    assert sqlite.path.read_bytes() == before
    assert not outside.exists()
    assert [path.name for path in incoming.iterdir()] == ["shop.sqlite"]


def test_a_view_of_the_file_can_not_do_what_a_query_can_not(sqlite: File) -> None:
    sqlite.run("CREATE VIEW evil AS SELECT load_extension('/tmp/x.so') AS x")

    assert code_of(sqlite.url, "evil") in ("database_writes", "database_query")


def test_the_path_of_a_file_is_the_one_that_was_checked(sqlite: File) -> None:
    assert find_file(parse_address(sqlite.url)) == sqlite.path.resolve()
