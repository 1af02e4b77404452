"""How long a person waits for ActiveCampaign, and the account's limits while they do."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from connections.activecampaign.errors import RateLimited, TemporaryError
from connections.activecampaign.limiter import AccountLimiter, Kind

T = TypeVar("T")


class Patience:
    """A budget of seconds for several calls to one account."""

    def __init__(self, limiter: AccountLimiter, seconds: float) -> None:
        self._limiter = limiter
        self._deadline = time.monotonic() + seconds

    def take_turn(self) -> None:
        """Wait for a slot of the account; raises RateLimited when it comes too late."""
        while wait := self._limiter.take(Kind.READ):
            if wait > self._left():
                raise RateLimited("rate_limited", retry_after=wait)
            time.sleep(wait)

    def call(self, function: Callable[[], T]) -> T:
        """Return what `function` returns, and raise what it raises.

        Raises TemporaryError("too_slow") when the budget is used up. The call then ends by
        itself, in its own thread, and its result is dropped: name lookups, and servers that
        send a byte now and then, know no timeout for the whole.
        """
        executor = ThreadPoolExecutor(max_workers=1)
        try:
            return executor.submit(function).result(timeout=max(0.0, self._left()))
        except TimeoutError:
            raise TemporaryError("too_slow") from None
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def ask(self, function: Callable[[], T]) -> T:
        """Take a turn, then call."""
        self.take_turn()
        return self.call(function)

    def _left(self) -> float:
        return self._deadline - time.monotonic()
