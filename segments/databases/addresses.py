"""Addresses of databases: which ones may be used, and how they are written."""

import re
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from segments.problems import BadDatabase

MAX_ADDRESS = 500
Kind = Literal["postgresql", "mysql", "sqlite", "other"]
_KINDS: dict[str, Kind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "postgresql+psycopg": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mysql+pymysql": "mysql",
    "mariadb+pymysql": "mysql",
    "sqlite": "sqlite",
}
_TITLES = {"postgresql": "PostgreSQL", "mysql": "MySQL/MariaDB", "sqlite": "SQLite"}
_PORTS = {"postgresql": 5432, "mysql": 3306}
# A name or an IP address, not the path of a socket and not several hosts.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
# How the connection is protected, in PostgreSQL's words; the rest of what drivers take could
# read files of this machine or run code on it.
SSL_MODES = ("disable", "prefer", "require", "verify-full")
_NAMES_ONLY = ("service_name", "schema", "warehouse", "role")
_NAME = re.compile(r"[\w.-]{1,100}")


@dataclass(frozen=True)
class Address:
    """Where a database is and who asks it; for SQLite `database` is a path."""

    url: URL
    kind: Kind

    @property
    def title(self) -> str:
        return _TITLES.get(self.kind, self.url.drivername)

    @property
    def host(self) -> str:
        return self.url.host or ""

    @property
    def port(self) -> int | None:
        return self.url.port or _PORTS.get(self.kind)

    @property
    def user(self) -> str:
        return self.url.username or ""

    @property
    def database(self) -> str:
        return self.url.database or ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.database or self.host

    @property
    def ssl_mode(self) -> str:
        return str(self.url.query.get("sslmode", "prefer"))

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=False)  # it has none


def check_url(url: str) -> str:
    """Return the address of a database in its normal form; it holds no password.

    Raises BadDatabase for whatever can't be used, a password in it included.
    """
    return str(parse_address(url))


def parse_address(text: str) -> Address:
    """Return an address in its parts; raises BadDatabase, which never quotes a password."""
    text = text.strip()
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Without a cause: its message quotes the text.
        raise BadDatabase("database_url") from None
    if url.password is not None:
        raise BadDatabase("database_url_password")
    if len(text) > MAX_ADDRESS or not text.isprintable():
        raise BadDatabase("database_url")
    kind = _kind_of(url.drivername)
    if kind == "sqlite":
        return _file_address(url)
    _check_server(url, kind)
    _check_options(url, kind)
    driver = url.drivername if kind == "other" else url.get_backend_name()
    return Address(url.set(drivername="postgresql" if driver == "postgres" else driver), kind)


def _kind_of(driver: str) -> Kind:
    if driver in settings.DATABASE_DRIVERS:
        return "other"
    if kind := _KINDS.get(driver):
        return kind
    known = ["postgresql", "mysql", "mariadb", "sqlite", *settings.DATABASE_DRIVERS]
    raise BadDatabase("database_kind", kind=driver[:40], known=", ".join(known))


def _file_address(url: URL) -> Address:
    if url.host or url.username or url.port or url.query:
        raise BadDatabase("database_file_url")
    if not url.database or url.database.startswith((":", "file:")):
        raise BadDatabase("database_file_url")
    return Address(url, "sqlite")


def _check_server(url: URL, kind: Kind) -> None:
    if not url.host or not _HOST.fullmatch(url.host):
        raise BadDatabase("database_url_host")
    if not 0 < (url.port or 1) < 65536:
        raise BadDatabase("database_url_port")
    if not url.username:
        raise BadDatabase("database_url_user")
    if not url.database and kind != "other":
        raise BadDatabase("database_url_database")


def _check_options(url: URL, kind: Kind) -> None:
    for option, value in url.query.items():
        if kind != "other" and option == "sslmode":
            if value not in SSL_MODES:
                allowed = ", ".join(SSL_MODES)
                raise BadDatabase("database_url_value", option=option, allowed=allowed)
        elif kind != "other" or option not in _NAMES_ONLY:
            raise BadDatabase("database_url_option", option=option[:40])
        elif not isinstance(value, str) or not _NAME.fullmatch(value):
            raise BadDatabase("database_url_value", option=option, allowed="a-z, 0-9, _ . -")


def check_driver(address: Address) -> None:
    """Raise BadDatabase when the driver of another kind of database can't be loaded."""
    try:
        address.url.get_dialect().import_dbapi()
    except (NoSuchModuleError, ImportError):
        raise BadDatabase("database_driver", driver=address.url.drivername) from None
