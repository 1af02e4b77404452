"""Other databases: through SQLAlchemy, with a driver that an operator installed and named.

What a server of an unknown kind can be told differs, so the transaction is only never committed,
and the client ends it in time. The account should be one that can only read.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import Connection, CursorResult, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from segments.databases.addresses import Address, check_driver
from segments.databases.quoting import shortened
from segments.databases.reaching import reach
from segments.databases.session import GRACE_SECONDS, Field, Session
from segments.databases.texts import text_of
from segments.databases.watchdog import Watchdog
from segments.databases.writing import write_rows
from segments.problems import BadDatabase

_ROWS_AT_ONCE = 100
_READS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:SELECT|WITH)\b", re.I | re.S)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@contextmanager
def open_other(address: Address, password: str, seconds: int) -> Iterator[Session]:
    """Give a transaction that is never committed; raises BadDatabase."""
    check_driver(address)
    reach(address, seconds)
    url = address.url.set(password=password or None)
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
        connection = engine.connect()
    except (SQLAlchemyError, TypeError) as error:
        raise BadDatabase("database_refused", detail=_said(error)) from None
    with connection, Watchdog(seconds + GRACE_SECONDS, lambda: _cancel(connection)) as watchdog:
        try:
            with closing(_OtherSession(connection, seconds)) as session:
                yield session
        except SQLAlchemyError as error:
            if watchdog.has_cut:
                raise BadDatabase("database_too_slow", seconds=seconds) from None
            raise BadDatabase("database_query", detail=_said(error)) from None


class _OtherSession(Session):
    def __init__(self, connection: Connection, seconds: int) -> None:
        self._connection = connection.execution_options(
            stream_results=True, max_row_buffer=_ROWS_AT_ONCE, no_parameters=True
        )
        self._seconds = seconds
        self._fields: list[Field] = []
        self._rows: Any = ()
        self._result: CursorResult[Any] | None = None
        self.version = connection.dialect.name

    def start(self, query: str, limit: int | None = None) -> list[Field]:
        # What such a server takes as one statement is unknown, so no semicolon passes at all.
        if ";" in query:
            raise BadDatabase("database_several")
        if not _READS.match(query):
            raise BadDatabase("database_no_rows")
        result = self._result = self._connection.exec_driver_sql(query)
        if not result.returns_rows:
            raise BadDatabase("database_no_rows")
        self._fields = list(map(Field, result.keys()))
        self._rows = islice(result, limit)
        return self._fields

    def write(self, file: BinaryIO) -> None:
        texts = [text_of] * len(self._fields)
        write_rows(self._rows, self._fields, texts, file, seconds=self._seconds)

    def close(self) -> None:
        """Leave the rows that were not read."""
        if self._result is not None:
            self._result.close()


def _cancel(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    # Whatever an unknown driver makes of it: closing is for the thread that waits.
    with suppress(Exception):
        getattr(driver, "cancel", driver.close)()


def _said(error: Exception) -> str:
    """Return what a driver says without what it puts between quotation marks: maybe a value."""
    message = str(error.orig if isinstance(error, DBAPIError) else error)
    return shortened(_QUOTED.sub("…", message))
