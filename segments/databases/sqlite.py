"""SQLite: a file in the folder for incoming files, opened so that nothing but reading is left."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from django.conf import settings

from segments.databases.addresses import Address
from segments.databases.queries import inside
from segments.databases.quoting import shortened
from segments.databases.session import Field, Session, connect_seconds
from segments.databases.texts import text_of
from segments.databases.writing import write_rows
from segments.files.layout import MAX_RECORD
from segments.problems import BadDatabase

_HEADER = b"SQLite format 3\0"
_ALLOWED = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
)
# Functions that run code of other files or hold pointers into memory.
_FORBIDDEN = frozenset(("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"))
# Steps of SQLite's machine between two looks at the clock.
_STEPS = 20_000


def find_file(address: Address) -> Path:
    """Return where a SQLite database lies: in INCOMING_DIR, whatever links and dots say.

    Raises BadDatabase. Facteur's own database is none, wherever it is.
    """
    folder = Path(settings.INCOMING_DIR).resolve()
    try:
        path = (folder / address.database).resolve()
        is_file = path.is_file()
    except (OSError, ValueError, RuntimeError):  # a name too long, a NUL, links in a circle
        raise BadDatabase("database_file_gone", file=address.database[:100]) from None
    if not path.is_relative_to(folder) or _is_our_own(path):
        raise BadDatabase("database_file_outside", file=address.database[:100])
    if not is_file:
        raise BadDatabase("database_file_gone", file=address.database[:100])
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise BadDatabase("database_file_other", file=address.database[:100])
    return path


@contextmanager
def open_sqlite(address: Address, password: str, seconds: int) -> Iterator[Session]:
    """Give a connection that can only read; raises BadDatabase when it can't be had, or fails."""
    del password  # SQLite knows none
    path = find_file(address)
    deadline = time.monotonic() + seconds
    try:
        with closing(_connect(path, connect_seconds(seconds))) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            yield _SqliteSession(connection, seconds)
    except sqlite3.Error as error:
        raise _explained(error, seconds, deadline) from None


class _SqliteSession(Session):
    def __init__(self, connection: sqlite3.Connection, seconds: int) -> None:
        self._connection = connection
        self._seconds = seconds
        self._rows: Iterator[Any] = iter(())
        self._fields: list[Field] = []
        self.version = f"SQLite {sqlite3.sqlite_version}"

    def start(self, query: str, limit: int | None = None) -> list[Field]:
        try:
            # Compiles one statement and runs nothing of it; then again where only a query can be.
            self._connection.execute(f"EXPLAIN {query}").close()
            self._connection.execute(f"EXPLAIN SELECT * FROM ({inside(query)})").close()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _refused(error) from None
        cursor = self._connection.execute(query)
        if cursor.description is None:
            raise BadDatabase("database_no_rows")
        # SQLite's values have types but its columns have none: texts of many rows say more.
        self._fields = [Field(column[0]) for column in cursor.description]
        self._rows = islice(cursor, limit)
        return self._fields

    def write(self, file: BinaryIO) -> None:
        texts = [text_of] * len(self._fields)
        write_rows(self._rows, self._fields, texts, file, seconds=self._seconds)


def _connect(path: Path, patience: int) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=patience)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")  # the file may define views of its own
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_RECORD)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    connection.set_authorizer(_may)
    return connection


def _may(action: int, first: str | None, second: str | None, *_where: str | None) -> int:
    """Tell SQLite what a statement may do: read, and call functions that only compute."""
    if action not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _is_our_own(path: Path) -> bool:
    database = settings.DATABASES["default"]
    own = Path(str(database["NAME"]))
    is_file = database["ENGINE"].endswith("sqlite3") and own.exists() and path.exists()
    return is_file and path.samefile(own)


def _refused(error: Exception) -> BadDatabase:
    """Return why a query was not understood: nothing has been read yet that could be quoted."""
    message = str(error)
    if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BadDatabase("database_file_locked")
    if "one statement at a time" in message:
        return BadDatabase("database_several")
    if "not authorized" in message or "prohibited" in message:
        return BadDatabase("database_writes")
    return BadDatabase("database_query", detail=shortened(message))


def _explained(error: sqlite3.Error, seconds: int, deadline: float) -> BadDatabase:
    """Return why a query failed while it ran, without what may be a value of a row."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_INTERRUPT" or time.monotonic() > deadline:
        return BadDatabase("database_too_slow", seconds=seconds)
    if name == "SQLITE_TOOBIG":
        return BadDatabase("database_value_long", limit=2 * MAX_RECORD)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return BadDatabase("database_file_locked")
    return BadDatabase("database_failed", detail=name or type(error).__name__)
