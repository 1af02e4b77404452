"""MySQL and MariaDB: rows are read one by one, in a read-only transaction that ends in time."""

import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket as Socket
from typing import Any, BinaryIO

import pymysql
from pymysql import converters
from pymysql.constants import CR, ER, FIELD_TYPE
from pymysql.cursors import SSCursor

from segments.columns import ColumnType
from segments.databases.addresses import Address
from segments.databases.queries import inside
from segments.databases.quoting import shortened
from segments.databases.reaching import open_socket
from segments.databases.session import GRACE_SECONDS, Field, Session, connect_seconds
from segments.databases.texts import NoText, plain_number
from segments.databases.watchdog import Watchdog, Wire
from segments.databases.writing import write_rows
from segments.problems import BadDatabase

_FLOATS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
_NUMBERS = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.DECIMAL,
    FIELD_TYPE.NEWDECIMAL,
    FIELD_TYPE.BIT,
    *_FLOATS,
)
_DATES = (FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE)
_TIMES = (FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP)
_LOST = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, ER.SERVER_SHUTDOWN)
_TOO_SLOW = (ER.QUERY_TIMEOUT, ER.STATEMENT_TIMEOUT, ER.QUERY_INTERRUPTED)
_READ_ONLY = 1792
_NO_USER = 1698  # MariaDB's other way to refuse a password
# What the driver makes of a server that does not speak its language at all.
_NO_HANDSHAKE = (pymysql.Error, ValueError, LookupError, struct.error, AssertionError)


@contextmanager
def open_mysql(address: Address, password: str, seconds: int) -> Iterator[Session]:
    """Give a read-only transaction; raises BadDatabase when it can't be had, or fails."""
    with open_socket(address, seconds) as socket, Wire(socket.fileno()) as wire:
        connection = _connected(address, password, seconds, socket, wire)
        with Watchdog(seconds + GRACE_SECONDS, wire.cut) as watchdog:
            session = _MysqlSession(connection, wire, seconds)
            try:
                _begin(connection, seconds)
                yield session
            except pymysql.Error as error:
                if watchdog.has_cut:
                    raise BadDatabase("database_too_slow", seconds=seconds) from None
                raise _explained(error, seconds) from None
            finally:
                session.close()


class _Rows(SSCursor):  # type: ignore[misc]  # the driver has no types
    """Rows that can be left unread: as it is, the driver would first read all that are left."""

    def abandon(self) -> None:
        if self._result is not None:
            self._result.unbuffered_active = False


class _MysqlSession(Session):
    def __init__(self, connection: Any, wire: Wire, seconds: int) -> None:
        self._connection = connection
        self._wire = wire
        self._seconds = seconds
        self._rows = connection.cursor(_Rows)
        self._fields: list[Field] = []
        name = "MariaDB" if _is_mariadb(connection) else "MySQL"
        # MariaDB says 5.5.5 first, for programs that are older than it is.
        self.version = f"{name} {connection.get_server_info().removeprefix('5.5.5-')}"

    def start(self, query: str, limit: int | None = None) -> list[Field]:
        self._check(query)
        self._rows.execute(query if limit is None else _limited(query, limit))
        self._fields = [_field(*column[:2]) for column in self._rows.description]
        return self._fields

    def write(self, file: BinaryIO) -> None:
        texts = [_TEXTS.get(field.type_code, _text) for field in self._fields]
        write_rows(self._rows, self._fields, texts, file, seconds=self._seconds)

    def close(self) -> None:
        """Leave, whether all rows were read or not."""
        self._wire.cut()
        self._rows.abandon()
        self._connection.close()

    def _check(self, query: str) -> None:
        """Have the server parse the query alone, and again where only a query can stand."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute("PREPARE facteur FROM %s", [query])
            except pymysql.Error as error:
                raise _refused(error) from None
            try:
                cursor.execute("PREPARE facteur FROM %s", [_limited(query, 0)])
            except pymysql.Error as error:
                if error.args[0] == ER.DUP_FIELDNAME:
                    raise _refused(error) from None
                raise BadDatabase("database_no_rows") from None


def _connected(address: Address, password: str, seconds: int, socket: Socket, wire: Wire) -> Any:
    patience = connect_seconds(seconds)
    connection = _prepared(address, password, seconds)
    with Watchdog(patience, wire.cut) as watchdog:
        try:
            connection.connect(socket)
        except _NO_HANDSHAKE as error:
            if watchdog.has_cut:
                place = {"host": address.host, "port": address.port}
                raise BadDatabase("database_silent", **place, seconds=patience) from None
            raise _not_let_in(address, error) from None
    return connection


def _prepared(address: Address, password: str, seconds: int) -> Any:
    """Return a connection that is not open yet. It sends no file of this machine anywhere."""
    return pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        password=password,
        database=address.database,
        charset="utf8mb4",
        # Values arrive as texts, and stay texts.
        conv=converters.encoders,
        local_infile=False,
        read_timeout=seconds + GRACE_SECONDS,
        write_timeout=connect_seconds(seconds),
        ssl=_tls(address.ssl_mode),
        ssl_disabled=address.ssl_mode == "disable",
        program_name="Facteur",
        defer_connect=True,
    )


def _tls(mode: str) -> ssl.SSLContext | None:
    if mode not in ("require", "verify-full"):
        return None  # the driver prefers it
    context = ssl.create_default_context()
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _begin(connection: Any, seconds: int) -> None:
    with connection.cursor() as cursor:
        if _is_mariadb(connection):
            cursor.execute("SET SESSION max_statement_time = %s", [seconds])
        else:
            cursor.execute("SET SESSION max_execution_time = %s", [seconds * 1000])
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION READ ONLY")


def _is_mariadb(connection: Any) -> bool:
    return "mariadb" in connection.get_server_info().lower()


def _limited(query: str, limit: int) -> str:
    return f"SELECT * FROM ({inside(query)}) AS facteur LIMIT {limit:d}"


def _field(name: str, code: int) -> Field:
    if code in _NUMBERS:
        return Field(name, code, ColumnType.NUMBER)
    return Field(name, code, ColumnType.DATE if code in (*_DATES, *_TIMES) else None)


def _text(value: str | bytes) -> str:
    if isinstance(value, bytes):
        raise NoText
    return value


def _bits(value: bytes | str) -> str:
    return str(int.from_bytes(value.encode("latin-1") if isinstance(value, str) else value))


_TEXTS: dict[object, Any] = {
    **dict.fromkeys(_FLOATS, plain_number),
    **dict.fromkeys(_TIMES, lambda value: value[:19]),  # without a fraction
    FIELD_TYPE.BIT: _bits,
}


def _not_let_in(address: Address, error: Exception) -> BadDatabase:
    code, message = _parts(error)
    if code in (ER.ACCESS_DENIED_ERROR, _NO_USER):
        return BadDatabase("database_password", user=address.user)
    if code in (ER.BAD_DB_ERROR, ER.DBACCESS_DENIED_ERROR):
        return BadDatabase("database_unknown", database=address.database)
    if code == CR.CR_SSL_CONNECTION_ERROR or isinstance(error.__cause__, ssl.SSLError):
        return BadDatabase("database_tls", detail=shortened(message))
    return BadDatabase("database_refused", detail=shortened(message))


def _refused(error: pymysql.Error) -> BadDatabase:
    """Return why a query was not understood: nothing has been read yet that could be quoted."""
    code, message = _parts(error)
    if code in (*_LOST, *_TOO_SLOW):
        raise error
    return BadDatabase("database_query", detail=shortened(message))


def _explained(error: pymysql.Error, seconds: int) -> BadDatabase:
    """Return why a query failed while it ran, without what may be a value of a row."""
    code, message = _parts(error)
    if code in _TOO_SLOW:
        return BadDatabase("database_too_slow", seconds=seconds)
    if code == _READ_ONLY:
        return BadDatabase("database_writes")
    if code in _LOST:
        return BadDatabase("database_lost")
    if code == ER.PARSE_ERROR:
        return BadDatabase("database_query", detail=shortened(message))
    return BadDatabase("database_failed", detail=f"{type(error).__name__} ({code})")


def _parts(error: Exception) -> tuple[int, str]:
    code, *message = error.args or (0,)
    return (code if isinstance(code, int) else 0), " ".join(map(str, message))
