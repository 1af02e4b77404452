"""Databases of other kinds: what an operator installed and named is read through SQLAlchemy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segments import parquet
from segments.databases import steps
from segments.databases.reading import inspect_query, read_query
from segments.problems import BadDatabase
from tests.databases import PASSWORD, Served

DRIVER = "postgresql+psycopg"


@pytest.fixture
def other(postgresql: Served, settings: Any) -> str:
    """Return the address of a database that Facteur is made to take for one it does not know."""
    settings.DATABASE_DRIVERS = [DRIVER]
    return postgresql.url.replace("postgresql", DRIVER, 1)


def test_rows_of_another_kind_of_database_become_the_same_table(other: str, tmp_path: Path) -> None:
    target = str(tmp_path / "table.parquet")

    read_query(other, PASSWORD, "SELECT * FROM customers ORDER BY id", target, timeout_seconds=20)

    row = parquet.first_row("SELECT * FROM read_parquet(?)", [target])
    ada = ("1", "ada@example.com", "12.50", "true", "1990-12-31", "2026-01-02 03:04:05")
    assert row
    assert row[1:7] == ada


def test_a_test_of_another_kind_of_database_has_the_same_steps(other: str) -> None:
    tried = steps.test_database(other, PASSWORD, "customers", 20)

    assert [step.state for step in tried] == ["passed"] * 5


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT id FROM customers; DROP TABLE customers", "database_several"),
        ("DELETE FROM customers RETURNING id", "database_no_rows"),
        ("SELECT id FORM customers", "database_query"),
        ("SELECT '\\x00'::bytea AS face", "database_bytes_row"),
    ],
)
def test_another_kind_of_database_is_asked_for_one_select(
    other: str, query: str, code: str
) -> None:
    with pytest.raises(BadDatabase) as refused:
        inspect_query(other, PASSWORD, query, 20)

    assert refused.value.problem["code"] == code


def test_another_kind_of_database_is_left_when_the_time_is_over(other: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        inspect_query(other, PASSWORD, "SELECT pg_sleep(3600)::text AS id", 1)

    assert refused.value.problem == {"code": "database_too_slow", "seconds": 1}


def test_a_wrong_password_is_refused_without_being_shown(other: str) -> None:
    step = next(s for s in steps.test_database(other, "geheim", "customers", 20) if s.problem)

    assert step.name == "sign_in"
    assert "geheim" not in repr(step)


def test_a_driver_that_is_not_installed_is_named(settings: Any) -> None:
    settings.DATABASE_DRIVERS = ["mssql+pymssql", "klingon"]

    for driver in settings.DATABASE_DRIVERS:
        [failed, *_] = steps.test_database(f"{driver}://reader@127.0.0.1:1/shop", "", "x", 20)

        assert failed.problem == {"code": "database_driver", "driver": driver}
