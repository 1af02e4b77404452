"""Is there anybody at this host and port? Asked before any driver, whose answers are vague."""

import socket

from segments.databases.addresses import Address
from segments.databases.session import connect_seconds
from segments.problems import BadDatabase


def reach(address: Address, seconds: int) -> None:
    """Open a connection to the address and close it again; raises BadDatabase."""
    if address.port is None:  # only its driver knows where it listens
        return
    open_socket(address, seconds).close()


def open_socket(address: Address, seconds: int) -> socket.socket:
    """Return a socket that is connected to the address; raises BadDatabase.

    It waits as long as a query that has `seconds` may wait.
    """
    patience = connect_seconds(seconds)
    place = {"host": address.host, "port": address.port}
    try:
        return socket.create_connection((address.host, address.port or 0), patience)
    except (socket.gaierror, UnicodeError) as error:
        raise BadDatabase("database_unresolvable", **place) from error
    except TimeoutError as error:
        raise BadDatabase("database_silent", **place, seconds=patience) from error
    except OSError as error:
        raise BadDatabase("database_unreachable", **place) from error
