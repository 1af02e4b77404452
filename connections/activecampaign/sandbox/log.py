"""What was asked of the sandbox: the last requests, and counts of all of them."""

import threading
from collections import Counter, deque
from dataclasses import dataclass

KEPT = 10_000


@dataclass(frozen=True)
class Entry:
    """One request; `endpoint` is like "GET /lists/{id}", `status` 0 when it was cut off.

    `at` is when it came, however long the answer took.
    """

    at: float
    endpoint: str
    status: int
    with_cookie: bool = False


class RequestLog:
    """Holds the last 10,000 requests, and counters by endpoint, status and minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, int]] = Counter()
        self._by_minute: Counter[tuple[int, str]] = Counter()

    def add(self, endpoint: str, status: int, *, at: float, with_cookie: bool) -> None:
        """Record one request that is answered."""
        with self._lock:
            self._entries.append(Entry(at, endpoint, status, with_cookie))
            self._counts[endpoint, status] += 1
            self._by_minute[int(at // 60), endpoint] += 1

    def entries(self) -> list[Entry]:
        """Return the last requests, those answered first in front."""
        with self._lock:
            return list(self._entries)

    def count(self, endpoint: str | None = None, status: int | None = None) -> int:
        """Return how many requests there were, of one endpoint and status if given."""
        with self._lock:
            return sum(
                number
                for (one, answer), number in self._counts.items()
                if endpoint in (None, one) and status in (None, answer)
            )

    def by_minute(self) -> dict[int, dict[str, int]]:
        """Return the counts by endpoint, by minutes since 1970."""
        minutes: dict[int, dict[str, int]] = {}
        with self._lock:
            for (minute, endpoint), number in self._by_minute.items():
                minutes.setdefault(minute, {})[endpoint] = number
        return minutes

    def most_within(self, seconds: float, endpoint: str | None = None) -> int:
        """Return the greatest number of kept requests in any window of so many seconds."""
        window: deque[float] = deque()
        most = 0
        for at in sorted(e.at for e in self.entries() if endpoint in (None, e.endpoint)):
            window.append(at)
            while window[0] <= at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most
