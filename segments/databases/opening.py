"""Which kind of database is it? Told by its address."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from segments.databases.addresses import Address, Kind
from segments.databases.mysql import open_mysql
from segments.databases.others import open_other
from segments.databases.postgresql import open_postgresql
from segments.databases.session import Session
from segments.databases.sqlite import open_sqlite

_OPENING: dict[Kind, Callable[[Address, str, int], AbstractContextManager[Session]]] = {
    "postgresql": open_postgresql,
    "mysql": open_mysql,
    "sqlite": open_sqlite,
    "other": open_other,
}


def opened(address: Address, password: str, seconds: int) -> AbstractContextManager[Session]:
    """Give a transaction that can only read and ends after `seconds`.

    Raises BadDatabase when it can't be had, and for whatever the database refuses in the block.
    """
    return _OPENING[address.kind](address, password, max(1, seconds))
