"""PostgreSQL: rows leave by COPY, in a read-only transaction that the server ends in time."""

import os
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, BinaryIO

import psycopg
from django.conf import settings
from psycopg import errors, generators, pq

from segments.columns import ColumnType
from segments.databases.addresses import Address
from segments.databases.queries import inside
from segments.databases.quoting import shortened
from segments.databases.reaching import reach
from segments.databases.session import GRACE_SECONDS, Field, Session, connect_seconds
from segments.databases.watchdog import Watchdog, Wire
from segments.databases.writing import write_lines
from segments.problems import BadDatabase

_BOOL, _FLOATS, _MONEY, _BYTES = 16, (700, 701), 790, 17
_DATE, _TIMES = 1082, (1114, 1184)
_NUMBERS = (20, 21, 23, *_FLOATS, _MONEY, 1700)
# What a server says when somebody can't sign in has no code that libpq passes on.
_NO_DATABASE = re.compile(r'database "[^"]*" does not exist')
_BAD_PASSWORD = re.compile(r"password authentication failed|no password supplied", re.I)
_TLS = re.compile(r"\bSSL\b|certificate", re.I)


@contextmanager
def open_postgresql(address: Address, password: str, seconds: int) -> Iterator[Session]:
    """Give a read-only transaction; raises BadDatabase when it can't be had, or fails."""
    reach(address, seconds)
    connection = _connect(address, password, connect_seconds(seconds))
    with (
        closing(connection),
        Wire(connection.fileno()) as wire,
        Watchdog(seconds + GRACE_SECONDS, wire.cut) as watchdog,
    ):
        try:
            _begin(connection, seconds)
            yield _PostgresqlSession(connection)
        except psycopg.Error as error:
            if watchdog.has_cut:
                raise BadDatabase("database_too_slow", seconds=seconds) from None
            raise _explained(error, seconds) from None


class _PostgresqlSession(Session):
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._fields: list[Field] = []
        self._copy = b""
        self.version = f"PostgreSQL {connection.info.parameter_status('server_version')}"

    def start(self, query: str, limit: int | None = None) -> list[Field]:
        pgconn = self._connection.pgconn
        # The extended protocol takes exactly one statement, and parsing runs nothing.
        pgconn.send_prepare(b"", query.encode())
        self._answer()
        pgconn.send_describe_prepared(b"")
        result = self._answer()
        self._fields = [_field(result, number) for number in range(result.nfields)]
        if not self._fields:
            raise BadDatabase("database_no_rows")
        self._copy = _copy_sql(query, self._fields, limit).encode()
        return self._fields

    def _answer(self) -> pq.abc.PGresult:
        # As psycopg waits itself. libpq's own waiting would hold up the watchdog's thread.
        result: pq.abc.PGresult
        [result] = self._connection.wait(generators.execute(self._connection.pgconn))
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _refused(errors.error_from_result(result))
        return result

    def write(self, file: BinaryIO) -> None:
        with self._connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            write_lines(copy, self._fields, file)


def _connect(address: Address, password: str, seconds: int) -> psycopg.Connection[Any]:
    verified = address.ssl_mode == "verify-full"
    try:
        return psycopg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            dbname=address.database,
            password=password,
            passfile=os.devnull,
            sslmode=address.ssl_mode,
            sslrootcert=ssl.get_default_verify_paths().cafile if verified else None,
            gssencmode="disable",
            connect_timeout=seconds,
            application_name="Facteur",
            client_encoding="utf8",
            autocommit=True,
        )
    except psycopg.Error as error:
        raise _not_let_in(address, str(error), seconds) from None


def _begin(connection: psycopg.Connection[Any], seconds: int) -> None:
    connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    milliseconds = str(seconds * 1000)
    for name, value in {
        "statement_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        "timezone": settings.TIME_ZONE,
        "datestyle": "ISO",
        "intervalstyle": "iso_8601",
        "extra_float_digits": "1",
    }.items():
        connection.execute("SELECT set_config(%s, %s, true)", [name, value])


def _field(result: pq.abc.PGresult, number: int) -> Field:
    name = (result.fname(number) or b"").decode(errors="replace")
    code = result.ftype(number)
    if code == _BYTES:
        raise BadDatabase("database_bytes", column=name)
    return Field(name, code, _meaning(code))


def _meaning(code: int) -> ColumnType | None:
    if code == _BOOL:
        return ColumnType.YES_NO
    if code == _DATE or code in _TIMES:
        return ColumnType.DATE
    return ColumnType.NUMBER if code in _NUMBERS else None


def _copy_sql(query: str, fields: Sequence[Field], limit: int | None) -> str:
    """Return COPY of a query that was described: in parentheses it is one query still."""
    numbered = [f"c{number}" for number in range(len(fields))]
    texts = ", ".join(_text(name, field) for name, field in zip(numbered, fields, strict=True))
    names = ", ".join(numbered)
    limited = "" if limit is None else f" LIMIT {limit:d}"
    query = f"SELECT {texts} FROM ({inside(query)}) AS facteur ({names}){limited}"
    return f"COPY ({query}) TO STDOUT (FORMAT csv)"


def _text(name: str, field: Field) -> str:
    """Return how a column is written: numbers plain, times without zone and fraction."""
    if field.type_code == _BOOL:
        return f"{name}::text"
    if field.type_code == _MONEY:
        return f"{name}::numeric"
    if field.type_code in _TIMES:
        return f"date_trunc('second', {name}::timestamp)"
    if field.type_code in _FLOATS:
        plain = f"{name}::text::numeric::text"  # 1e-05 as 0.00001
        return f"CASE WHEN {name}::text LIKE '%e%' THEN {plain} ELSE {name}::text END"
    return name


def _not_let_in(address: Address, message: str, seconds: int) -> BadDatabase:
    if _NO_DATABASE.search(message):
        return BadDatabase("database_unknown", database=address.database)
    if _BAD_PASSWORD.search(message):
        return BadDatabase("database_password", user=address.user)
    if "timeout expired" in message:
        place = {"host": address.host, "port": address.port}
        return BadDatabase("database_silent", **place, seconds=seconds)
    if _TLS.search(message):
        return BadDatabase("database_tls", detail=shortened(message))
    return BadDatabase("database_refused", detail=shortened(message.rpartition("FATAL:")[2]))


def _refused(error: psycopg.Error) -> BadDatabase:
    """Return why a query was not understood: nothing has been read yet that could be quoted."""
    if (error.sqlstate or "")[:2] in ("", "08", "25", "53", "57", "XX"):
        raise error  # not because of the query
    message = error.diag.message_primary or ""
    if error.sqlstate == "42601" and "multiple commands" in message:
        return BadDatabase("database_several")
    return BadDatabase("database_query", detail=shortened(message))


def _explained(error: psycopg.Error, seconds: int) -> BadDatabase:
    """Return why a query failed while it ran, without what may be a value of a row."""
    if isinstance(error, (errors.QueryCanceled, errors.IdleInTransactionSessionTimeout)):
        return BadDatabase("database_too_slow", seconds=seconds)
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return BadDatabase("database_writes")
    state = error.sqlstate or ""
    if not state or state.startswith(("08", "57P")):
        return BadDatabase("database_lost")
    if state.startswith(("0A", "42", "53")):
        detail = shortened(error.diag.message_primary or "")
        return BadDatabase("database_query", detail=detail)
    return BadDatabase("database_failed", detail=f"{type(error).__name__} ({state})")
