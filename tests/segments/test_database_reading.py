"""Reading profiles from real servers: the same table, whatever database holds it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from segments import parquet
from segments.columns import ROW
from segments.databases.reading import inspect_query, read_query
from segments.problems import BadDatabase, describe_problem
from tests.databases import PASSWORD, File, Served

pytestmark = pytest.mark.usefixtures("nothing_left_at_work")

pytest_plugins = ["tests.databases"]
BACKENDS = ["postgresql", "mariadb", "sqlite"]


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest) -> Served | File:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "table.parquet")


def read(database: Served | File, query: str, target: str, **options: Any) -> list[dict[str, Any]]:
    """Return the profiles of the table that a query makes."""
    read_query(database.url, PASSWORD, query, target, timeout_seconds=20, **options)
    with parquet.connect() as connection:
        return parquet.rows(connection, f"SELECT * FROM read_parquet(?) ORDER BY {ROW}", [target])


def refused(database: Served | File, query: str, target: str, seconds: int = 20) -> dict[str, Any]:
    """Return why a query is refused, which is in words too."""
    with pytest.raises(BadDatabase) as error:
        read_query(database.url, PASSWORD, query, target, timeout_seconds=seconds)
    assert describe_problem(error.value.problem)
    return error.value.problem


def test_a_table_becomes_a_profile_table_of_texts(database: Served | File, target: str) -> None:
    ada, zoe, bob = read(database, "customers", target)

    assert (ada[ROW], zoe[ROW], bob[ROW]) == (1, 2, 3)
    assert ada["email"] == "ada@example.com"
    assert zoe["email"] == "zoë@example.com"
    assert bob["email"] == 'bob "b" <b@example.com>'
    assert ada["born"] == "1990-12-31"
    assert ada["seen_at"] == "2026-01-02 03:04:05"
    assert float(ada["total"]) == 12.5
    assert ada["is_member"] in ("true", "1")
    assert bob["total"] is bob["is_member"] is bob["born"] is zoe["seen_at"] is None
    assert (ada["__number:total"], ada["__date:born"]) == (12.5, dt.date(1990, 12, 31))


def test_an_inspection_shows_the_first_profiles_and_what_columns_mean(
    database: Served | File,
) -> None:
    query = "SELECT id, email, born FROM customers WHERE id < 3 ORDER BY id"

    found = inspect_query(database.url, PASSWORD, query, 20)

    types = [(column["name"], column["type"]) for column in found.columns]
    assert types == [("id", "number"), ("email", "email"), ("born", "date")]
    assert [profile["id"] for profile in found.profiles] == ["1", "2"]


def test_a_database_that_declares_types_is_believed(postgresql: Served) -> None:
    query = "SELECT is_member, seen_at, total FROM customers WHERE id = 3"

    columns = inspect_query(postgresql.url, PASSWORD, query, 20).columns

    assert [column["type"] for column in columns] == ["yes_no", "date", "number"]


def test_known_columns_keep_what_they_mean(database: Served | File, target: str) -> None:
    known = {"name": "id", "type": "text", "format": "", "description": "Number of the card"}

    result = read_query(
        database.url, PASSWORD, "customers", target, timeout_seconds=20, known=[known]
    )

    assert result.columns[0] == {**known, "looks": "number"}
    assert result.names == ["id", "email", "total", "is_member", "born", "seen_at"]
    assert (result.rows, result.files[0]["rows"]) == (3, 3)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("true", "true"),
        ("1e-7::float8", "0.0000001"),
        ("0.1::float8 + 0.2::float8", "0.30000000000000004"),
        ("1e20::float8", "100000000000000000000"),
        ("12.50::numeric", "12.50"),
        ("'12.50'::money", "12.50"),
        ("timestamp '2026-01-02 03:04:05.678'", "2026-01-02 03:04:05"),
        ("timestamptz '2026-01-02 03:04:05+02'", "2026-01-02 01:04:05"),
        ("date '2026-01-02'", "2026-01-02"),
        ("ARRAY['a', 'b']", "{a,b}"),
        ("'{\"a\": 1}'::jsonb", '{"a": 1}'),
        ("E'a\\nb,\"c\"'", 'a\nb,"c"'),
        ("''", None),
    ],
)
def test_values_of_postgresql_are_written_plainly(
    postgresql: Served, target: str, sql: str, text: str | None
) -> None:
    [profile] = read(postgresql, f"SELECT 1 AS id, {sql} AS value", target)

    assert profile["value"] == text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("1.5e-7", "0.00000015"),
        ("TIMESTAMP'2026-01-02 03:04:05.678'", "2026-01-02 03:04:05"),
        ("'a\\nb'", "a\nb"),
        ("'100%s'", "100%s"),
        ("JSON_OBJECT('a', 1)", '{"a": 1}'),
    ],
)
def test_values_of_mariadb_are_written_plainly(
    mariadb: Served, target: str, sql: str, text: str
) -> None:
    [profile] = read(mariadb, f"SELECT 1 AS id, {sql} AS value", target)

    assert profile["value"] == text


@pytest.mark.parametrize(
    ("sql", "text"),
    [("39.6 + 0.02", "39.62"), ("12.0", "12"), ("1e-7", "0.0000001"), ("9007199254740993",) * 2],
)
def test_values_of_sqlite_are_written_plainly(
    sqlite: File, target: str, sql: str, text: str
) -> None:
    [profile] = read(sqlite, f"SELECT 1 AS id, {sql} AS value", target)

    assert profile["value"] == text


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ("id, total AS ID", "database_column_twice"),
        ("id AS __row", "database_column_reserved"),
        (", ".join(f"id AS c{n}" for n in range(401)), "database_columns"),
    ],
)
def test_columns_that_a_table_can_not_have_are_named(
    postgresql: Served, sqlite: File, target: str, columns: str, code: str
) -> None:
    for database in (postgresql, sqlite):
        problem = refused(database, f"SELECT {columns} FROM customers", target)

        assert problem["code"] == code


def test_a_column_without_a_name_is_refused(postgresql: Served, sqlite: File, target: str) -> None:
    nameless = {"code": "database_column_unnamed", "position": 2}

    assert refused(postgresql, "SELECT id, 1 + 1 FROM customers", target) == nameless
    assert refused(sqlite, 'SELECT id, total AS "" FROM customers', target) == nameless


def test_bytes_are_refused_with_their_column(
    postgresql: Served, mariadb: Served, sqlite: File, target: str
) -> None:
    declared = refused(postgresql, "SELECT id, '\\x00'::bytea AS face FROM customers", target)
    sent = refused(mariadb, "SELECT id, CAST(email AS BINARY) AS face FROM customers", target)
    stored = refused(sqlite, "SELECT id, iif(id = 2, x'00ff', 'a') AS face FROM customers", target)

    assert declared == {"code": "database_bytes", "column": "face"}
    assert sent == {"code": "database_bytes_row", "row": 1, "column": "face"}
    assert stored == {"code": "database_bytes_row", "row": 2, "column": "face"}


def test_characters_that_no_text_has_are_refused_with_row_and_column(
    mariadb: Served, sqlite: File, target: str
) -> None:
    nul = refused(
        sqlite, "SELECT id, iif(id = 3, 'a' || char(0), email) AS x FROM customers", target
    )
    sent = refused(mariadb, "SELECT id, IF(id = 3, 'a\\0', email) AS x FROM customers", target)
    bad = refused(sqlite, "SELECT id, CAST(x'c328' AS TEXT) AS x FROM customers", target)

    assert nul == sent == {"code": "database_character", "row": 3, "column": "x"}
    assert bad == {"code": "database_character", "row": 1, "column": "x"}


def test_a_row_that_is_too_long_is_refused_with_its_column(
    postgresql: Served, mariadb: Served, sqlite: File, target: str
) -> None:
    for database, long in (
        (postgresql, "repeat('x', 3000000)"),
        (mariadb, "repeat('x', 3000000)"),
        (sqlite, "printf('%.*c', 3000000, 'x')"),
    ):
        query = f"SELECT id, email, CASE WHEN id = 2 THEN {long} END AS notes FROM customers"

        problem = refused(database, query, target)

        assert (problem["code"], problem["row"], problem["column"]) == (
            "database_row_long",
            2,
            "notes",
        )


def test_a_result_that_is_too_large_is_refused_before_it_fills_the_disk(
    database: Served | File, target: str, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1 << 20
    many = " CROSS JOIN ".join(f"customers c{n}" for n in range(12))

    problem = refused(database, f"SELECT c0.email FROM {many}", target)

    assert problem == {"code": "database_too_large", "limit": 1}


def test_a_result_without_profiles_is_refused(database: Served | File, target: str) -> None:
    for query in ("SELECT id FROM customers WHERE id > 9", "SELECT NULL AS id FROM customers"):
        assert refused(database, query, target) == {"code": "database_no_profiles"}


def test_an_inspection_without_profiles_is_refused(database: Served | File) -> None:
    for query in ("SELECT id FROM customers WHERE id > 9", "SELECT NULL AS id FROM customers"):
        with pytest.raises(BadDatabase, match="database_no_profiles"):
            inspect_query(database.url, PASSWORD, query, 20)


def test_a_query_ends_in_time(
    postgresql: Served, mariadb: Served, sqlite: File, target: str
) -> None:
    endless = (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT {} AS n FROM t"
    )
    for database, query in (
        (postgresql, "SELECT pg_sleep(3600)::text AS n"),
        (postgresql, endless.format("count(*)")),
        (mariadb, "SELECT sleep(3600) AS n"),
        (sqlite, endless.format("count(*)")),
        (sqlite, endless.format("n")),
    ):
        assert refused(database, query, target, seconds=1) == {
            "code": "database_too_slow",
            "seconds": 1,
        }


def test_what_a_query_stumbles_over_is_not_quoted_when_it_may_be_somebodys_value(
    postgresql: Served, target: str
) -> None:
    problem = refused(postgresql, "SELECT email::integer AS id FROM customers", target)

    assert problem["code"] == "database_failed"
    assert "ada" not in str(describe_problem(problem))


def test_what_a_database_says_of_the_query_itself_is_quoted(
    database: Served | File, target: str
) -> None:
    misspelt = refused(database, "SELECT id FORM customers", target)
    missing = refused(database, "SELECT id FROM clients", target)

    assert misspelt["code"] == missing["code"] == "database_query"
    assert "clients" in str(describe_problem(missing))


def test_members_of_a_segment_come_out_as_a_query_by_hand_has_them(
    sqlite: File, target: str
) -> None:
    sqlite.run(
        "CREATE TABLE invoices (customer integer, day text, total numeric)",
        "INSERT INTO invoices VALUES (1, '2025-03-01', 25), (1, '2024-02-01', 15.5),"
        " (2, '2025-12-31', 39.99), (3, '2021-01-01', 80)",
    )
    joined = "customers JOIN invoices ON customer = id GROUP BY id"

    read(sqlite, f"SELECT id, sum(invoices.total) AS spent, max(day) AS last FROM {joined}", target)
    with parquet.connect() as connection:
        members = connection.execute(
            'SELECT id FROM read_parquet(?) WHERE "__number:spent" > 40'
            " AND \"__date:last\" >= DATE '2024-01-01'",
            [target],
        ).fetchall()

    assert members == [("1",)]
