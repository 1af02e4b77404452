"""What every kind of database offers: one read-only transaction for one query."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from segments.columns import MAX_COLUMNS, MAX_NAME, RESERVED, ColumnType
from segments.problems import BadDatabase

# For reaching a host, and again for signing in; less when the query itself has little.
_CONNECT_SECONDS, _LEAST_CONNECT_SECONDS = 10, 3
# How much longer than the server the client waits, whatever the server does.
GRACE_SECONDS = 3


def connect_seconds(seconds: int) -> int:
    """Return how long a connection may take to be made for a query that has `seconds`."""
    return min(_CONNECT_SECONDS, max(_LEAST_CONNECT_SECONDS, seconds))


@dataclass(frozen=True)
class Field:
    """A column of a query's result: its type in the database, and what that says of its values."""

    name: str
    type_code: object = None
    meaning: ColumnType | None = None


class Session(ABC):
    """A transaction that can't write, bounded in time by the server and by the client."""

    # What the server says that it is.
    version: str

    @abstractmethod
    def start(self, query: str, limit: int | None = None) -> list[Field]:
        """Have a query understood, for its first `limit` rows or all; return its columns.

        Raises BadDatabase when it is not exactly one statement that reads rows.
        """

    @abstractmethod
    def write(self, file: BinaryIO) -> None:
        """Write the rows of the query that was started, as CSV; raises BadDatabase."""


def check_names(fields: Sequence[Field]) -> list[str]:
    """Return the names of a result's columns as a profile table has them; raises BadDatabase."""
    if len(fields) > MAX_COLUMNS:
        raise BadDatabase("database_columns", columns=len(fields), limit=MAX_COLUMNS)
    names = [" ".join(field.name.split()) for field in fields]
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        _check_name(name, position)
        if first := seen.get(name.casefold()):
            raise BadDatabase("database_column_twice", column=name, first=first, second=position)
        seen[name.casefold()] = position
    return names


def _check_name(name: str, position: int) -> None:
    if name in ("", "?column?"):
        raise BadDatabase("database_column_unnamed", position=position)
    if len(name) > MAX_NAME:
        raise BadDatabase("database_column_long", position=position, limit=MAX_NAME)
    if name.startswith(RESERVED):
        raise BadDatabase("database_column_reserved", position=position, column=name)
    if not name.isprintable():
        raise BadDatabase("database_column_odd", position=position)
