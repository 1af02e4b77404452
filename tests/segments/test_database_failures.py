"""What can go wrong between Facteur and a database server, in words that say where."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import ANY
from urllib.parse import urlsplit

import pytest

from config.embedded.processes import free_port
from segments.databases import steps
from segments.databases.reading import inspect_query, read_query
from segments.problems import BadDatabase
from tests.databases import PASSWORD, File, Served, Unsteady

SERVERS = ["postgresql", "mariadb"]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Served:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def at_port(served: Served, port: int) -> str:
    return served.url.replace(str(urlsplit(served.url).port), str(port))


def states(url: str, password: str = PASSWORD, query: str = "customers") -> list[str]:
    return [step.state for step in steps.test_database(url, password, query, 20)]


def failed(
    url: str, password: str = PASSWORD, query: str = "customers", seconds: int = 20
) -> steps.Step:
    tried = steps.test_database(url, password, query, seconds)
    return next(step for step in tried if step.state == "failed")


def test_a_test_passes_step_by_step(postgresql: Served, mariadb: Served, sqlite: File) -> None:
    for database in (postgresql, mariadb, sqlite):
        tried = steps.test_database(database.url, PASSWORD, "customers", 20)

        assert [step.state for step in tried] == ["passed"] * 5
        assert [step.name for step in tried] == ["address", "reach", "sign_in", "query", "profiles"]
        assert all(step.label and step.message for step in tried)


def test_after_a_failed_step_the_others_are_skipped(server: Served) -> None:
    tried = steps.test_database(server.url, PASSWORD, "SELECT FROM WHERE", 20)

    assert [step.state for step in tried] == ["passed"] * 3 + ["failed", "skipped"]
    assert "“" in tried[3].message
    assert tried[4].message == ""


@pytest.mark.parametrize(
    ("url", "name"), [("https://shop", "address"), ("sqlite:///gone.sqlite", "reach")]
)
def test_a_test_says_which_step_failed(incoming: Path, url: str, name: str) -> None:
    assert failed(url).name == name


def test_a_query_without_profiles_fails_the_last_step(server: Served) -> None:
    step = failed(server.url, query="SELECT id FROM customers WHERE id > 9")

    assert (step.name, step.problem) == ("profiles", {"code": "database_no_profiles"})


def test_a_port_where_nobody_listens_is_told_from_a_wrong_password(server: Served) -> None:
    nobody = failed(at_port(server, free_port()))
    refused = failed(server.url, password="geheim")

    assert (nobody.name, refused.name) == ("reach", "sign_in")
    assert nobody.problem
    assert nobody.problem["code"] == "database_unreachable"
    assert refused.problem == {"code": "database_password", "user": "reader"}
    assert "geheim" not in refused.message


def test_no_password_is_a_wrong_one(server: Served) -> None:
    assert failed(server.url, password="").problem == {
        "code": "database_password",
        "user": "reader",
    }


def test_an_unknown_database_is_named(server: Served) -> None:
    url = server.url.rpartition("/")[0] + "/warehouse"

    assert failed(url).problem == {"code": "database_unknown", "database": "warehouse"}


def test_a_host_name_that_nobody_knows_is_named(server: Served) -> None:
    step = failed(server.url.replace("127.0.0.1", "nowhere.invalid"))

    assert step.name == "reach"
    assert step.problem
    assert step.problem["code"] == "database_unresolvable"
    assert "nowhere.invalid" in step.message


def test_a_server_without_tls_is_not_asked_for_a_password_when_tls_is_wanted(
    postgresql: Served, mariadb: Served
) -> None:
    for server in (postgresql, mariadb):
        for mode in ("require", "verify-full"):
            assert failed(f"{server.url}?sslmode={mode}").problem == {
                "code": "database_tls",
                "detail": ANY,
            }
        assert states(f"{server.url}?sslmode=disable") == ["passed"] * 5


def test_a_server_of_another_kind_is_no_traceback(
    postgresql: Served, mariadb: Served, valkey_url: str
) -> None:
    valkey = urlsplit(valkey_url).port or 0
    for server, port in (
        (postgresql, valkey),
        (mariadb, valkey),
        (postgresql, urlsplit(mariadb.url).port or 0),
    ):
        assert failed(at_port(server, port), seconds=2).name == "sign_in"


def test_a_server_that_never_says_anything_is_left(server: Served) -> None:
    with Unsteady(urlsplit(server.url).port or 0, until=b"reader") as way:
        tried = steps.test_database(at_port(server, way.port), PASSWORD, "customers", 2)

    assert [step.state for step in tried] == ["passed"] * 2 + ["failed"] + ["skipped"] * 2
    assert tried[2].problem
    assert tried[2].problem["code"] == "database_silent"


TIRED = "SELECT id AS tired FROM customers"
# Its settings, its parsing of the query, its first row.
MOMENTS = [
    ("postgresql", b"statement_timeout"),
    ("postgresql", b"tired"),
    ("postgresql", b"COPY"),
    ("mariadb", b"max_statement_time"),
    ("mariadb", b"PREPARE"),
    ("mariadb", b"\x03SELECT id AS tired"),
]


@pytest.mark.parametrize(("name", "until"), MOMENTS)
def test_a_server_that_falls_silent_is_left_when_the_time_is_over(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, until: bytes
) -> None:
    server = request.getfixturevalue(name)
    target = str(tmp_path / "table.parquet")

    with Unsteady(urlsplit(server.url).port or 0, until=until) as way:
        url = at_port(server, way.port)
        with pytest.raises(BadDatabase) as refused:
            read_query(url, PASSWORD, TIRED, target, timeout_seconds=1)

    assert refused.value.problem == {"code": "database_too_slow", "seconds": 1}


@pytest.mark.parametrize(("name", "until"), MOMENTS)
def test_a_connection_that_is_cut_is_said_to_be_lost(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, until: bytes
) -> None:
    server = request.getfixturevalue(name)
    target = str(tmp_path / "table.parquet")

    with Unsteady(urlsplit(server.url).port or 0, until=until, hangs_up=True) as way:
        url = at_port(server, way.port)
        with pytest.raises(BadDatabase) as refused:
            read_query(url, PASSWORD, TIRED, target, timeout_seconds=20)

    assert refused.value.problem == {"code": "database_lost"}


def test_a_session_that_the_server_ends_is_said_to_be_lost(postgresql: Served) -> None:
    query = "SELECT pg_terminate_backend(pg_backend_pid()) AS id"

    with pytest.raises(BadDatabase) as refused:
        inspect_query(postgresql.url, PASSWORD, query, 20)

    assert refused.value.problem == {"code": "database_lost"}


def test_messages_and_problems_hold_no_password(server: Served) -> None:
    shown: list[str] = []
    for url in (server.url, server.url + "x", at_port(server, free_port())):
        for query in ("customers", "SELECT"):
            tried = steps.test_database(url, "geheim", query, 20)
            shown += [f"{step!r} {step.message}" for step in tried]

    assert "geheim" not in " ".join(shown)
