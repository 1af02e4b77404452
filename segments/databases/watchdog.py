"""Connections that are cut when they live longer than they may, whatever the server does."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class Watchdog:
    """Calls `cut` from a thread of its own when the block has not ended within `seconds`."""

    def __init__(self, seconds: float, cut: Callable[[], None]) -> None:
        self.has_cut = False
        self._cut = cut
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()

    def _bite(self) -> None:
        self.has_cut = True
        self._cut()


class Wire:
    """A second handle on a connection's socket, for cutting it while a driver waits for it."""

    def __init__(self, fileno: int) -> None:
        self._socket = socket.socket(fileno=os.dup(fileno))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def cut(self) -> None:
        """End the connection for both sides; whoever waits for it gets an error at once."""
        with suppress(OSError):  # it has ended already
            self._socket.shutdown(socket.SHUT_RDWR)
