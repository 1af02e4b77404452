"""Addresses of databases: what may be one, and that nothing secret or local gets through."""

from typing import Any

import pytest

from segments.databases.addresses import check_url
from segments.problems import BadDatabase, describe_problem


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("postgresql://reader@db.example.com/shop", None),
        (" postgresql://reader@db:5433/shop?sslmode=verify-full\n", None),
        ("postgres://reader@db/shop", "postgresql://reader@db/shop"),
        ("postgresql+psycopg://reader@10.0.0.7/shop", "postgresql://reader@10.0.0.7/shop"),
        ("mysql://reader@[::1]:3307/shop?sslmode=require", None),
        ("mariadb+pymysql://reader@db/shop", "mariadb://reader@db/shop"),
        ("postgresql://a%40b@db/sh%20op", "postgresql://a%40b@db/sh op"),
        ("sqlite:///chinook.sqlite", None),
        ("sqlite:///music/chinook.sqlite", None),
    ],
)
def test_an_address_is_kept_in_its_normal_form(typed: str, kept: str | None) -> None:
    assert check_url(typed) == (kept or typed.strip())


def test_the_normal_form_of_an_address_is_its_own_normal_form() -> None:
    normal = check_url("postgres://a%40b%2F@db.example.com:5433/shop?sslmode=require")

    assert check_url(normal) == normal


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "database_url"),
        ("shop", "database_url"),
        ("https://db.example.com/shop", "database_kind"),
        ("oracle+oracledb://reader@db/shop", "database_kind"),
        ("postgresql+asyncpg://reader@db/shop", "database_kind"),
        ("sqlite+pysqlite:///shop.sqlite", "database_kind"),
        ("postgresql://db.example.com/shop", "database_url_user"),
        ("postgresql://reader@/shop", "database_url_host"),
        ("postgresql:///shop", "database_url_host"),
        ("postgresql://reader@db", "database_url_database"),
        ("postgresql://reader@db,evil/shop", "database_url_host"),
        ("postgresql://reader@%2Ftmp/shop", "database_url_host"),
        ("postgresql://reader@db:99999/shop", "database_url_port"),
        ("postgresql://reader@db:port/shop", "database_url"),
        ("postgresql://reader@db/sh\nop", "database_url"),
        ("postgresql://reader@db/" + "x" * 500, "database_url"),
        ("postgresql://reader@db/shop?sslmode=hope", "database_url_value"),
        ("postgresql://reader@db/shop?sslmode=require&sslmode=disable", "database_url_value"),
        ("sqlite://", "database_file_url"),
        ("sqlite:///", "database_file_url"),
        ("sqlite:///:memory:", "database_file_url"),
        ("sqlite:///file:shop.sqlite?mode=rwc", "database_file_url"),
        ("sqlite:///file:shop.sqlite", "database_file_url"),
        ("sqlite:///shop.sqlite?uri=true", "database_file_url"),
        ("sqlite://shop.sqlite", "database_file_url"),
    ],
)
def test_an_address_that_can_not_be_used_says_why(typed: str, code: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        check_url(typed)

    assert refused.value.problem["code"] == code
    assert describe_problem(refused.value.problem)


@pytest.mark.parametrize(
    "option",
    [
        *("host=/var/run", "hostaddr=127.0.0.1", "service=x", "passfile=/etc/passwd", "options=-c"),
        *("sslkey=/etc/key", "sslcert=/etc/cert", "sslrootcert=/etc/ca", "sslpassword=x"),
        *(
            "read_default_file=/etc/my.cnf",
            "local_infile=1",
            "unix_socket=/tmp/x",
            "init_command=x",
        ),
        *("ssl_ca=/etc/ca", "charset=latin1", "password=geheim", "plugin=/tmp/x.so"),
    ],
)
@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_options_that_reach_for_files_or_code_are_refused(kind: str, option: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        check_url(f"{kind}://reader@db/shop?{option}")

    name, _, value = option.partition("=")
    assert refused.value.problem == {"code": "database_url_option", "option": name}
    assert value not in str(describe_problem(refused.value.problem))


@pytest.mark.parametrize(
    "typed",
    [
        "postgresql://reader:geheim@db.example.com/shop",
        "mysql://reader:geheim@db.example.com:3306/shop?charset=utf8",
        "nonsense://reader:geheim@db/shop",
        "postgresql://reader:geheim@db:port/shop",
        "postgresql://reader:geheim@",
        "sqlite://reader:geheim@/shop.sqlite",
    ],
)
def test_a_password_in_an_address_is_refused_and_never_quoted(typed: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        check_url(typed)

    error = refused.value
    shown = f"{error!r} {error.problem} {error.__cause__!r} {describe_problem(error.problem)}"
    assert "geheim" not in shown


def test_another_driver_is_allowed_once_it_is_named_in_the_settings(settings: Any) -> None:
    settings.DATABASE_DRIVERS = ["oracle+oracledb"]

    url = check_url("oracle+oracledb://reader@db:1521/?service_name=shop")

    assert url == "oracle+oracledb://reader@db:1521/?service_name=shop"


@pytest.mark.parametrize(
    "url",
    [
        "oracle+oracledb:///shop",
        "oracle+oracledb://reader@db/?config_dir=x",
        "oracle+oracledb://reader@db/?service_name=/etc/passwd",
    ],
)
def test_another_driver_gets_no_files_either(settings: Any, url: str) -> None:
    settings.DATABASE_DRIVERS = ["oracle+oracledb"]

    with pytest.raises(BadDatabase):
        check_url(url)
