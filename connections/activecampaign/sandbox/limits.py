"""The account's rate limits, as documented: what is over them is refused, and not counted."""

import threading
from collections import deque

from connections.activecampaign.sandbox.messages import Reply, json_reply, message
from connections.activecampaign.sandbox.switches import Switches


class Window:
    """Counts the requests of the last, or of the current, so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float, *, fixed: bool) -> int:
        """Return how many count at this time."""
        if fixed:
            while self._times and self._times[0] < now - now % self._seconds:
                self._times.popleft()
        else:
            while self._times and self._times[0] <= now - self._seconds:
                self._times.popleft()
        return len(self._times)

    def add(self, now: float) -> None:
        """Count one more."""
        self._times.append(now)


class Limits:
    """Lets a request through, or answers it as ActiveCampaign does when it comes too fast.

    `refused` counts those that came too fast.
    """

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget every request."""
        self.refused = 0
        self._general = Window(1)
        self._bulk = Window(60)
        self._single = Window(60)

    def check(self, *, bulk_contacts: int | None, now: float) -> Reply | None:
        """Count a request, or return the refusal; `bulk_contacts` of a bulk import, else None."""
        if not self._switches.limits:
            return None
        with self._lock:
            needed = self._needed(bulk_contacts)
            for window, maximum in needed:
                if window.used(now, fixed=self._switches.fixed_windows) >= maximum:
                    self.refused += 1
                    return self._refusal(window, maximum)
            for window, _ in needed:
                window.add(now)
        return None

    def headers(self, now: float) -> dict[str, str]:
        """Return what every answer tells about the general limit."""
        if not self._switches.limits:
            return {}
        with self._lock:
            used = self._general.used(now, fixed=self._switches.fixed_windows)
        maximum = self._switches.requests_per_second
        return {"RateLimit_Limit": str(maximum), "RateLimit_Remaining": str(max(0, maximum - used))}

    def _needed(self, bulk_contacts: int | None) -> list[tuple[Window, int]]:
        general = (self._general, self._switches.requests_per_second)
        if bulk_contacts is None:
            return [general]
        bulk = (self._bulk, self._switches.bulk_per_minute)
        if bulk_contacts == 1:
            bulk = (self._single, self._switches.single_per_minute)
        return [bulk, general] if self._switches.bulk_counts_as_request else [bulk]

    def _refusal(self, window: Window, maximum: int) -> Reply:
        if window is self._general or self._switches.bulk_limit_status == 429:
            return too_many_requests(self._switches.retry_after, maximum)
        return bulk_limit_reached(maximum)


def too_many_requests(retry_after: int, maximum: int = 5) -> Reply:
    """Return the answer to a request over the general limit."""
    return message(429, "Too Many Requests").with_headers(
        Retry_After=str(retry_after), RateLimit_Limit=str(maximum), RateLimit_Remaining="0"
    )


def bulk_limit_reached(maximum: int = 100) -> Reply:
    """Return the answer to a bulk import over its limit: a 400, like a refused batch."""
    reason = (
        f"Up to {maximum} imports may be requested per minute."
        "Please batch contacts into larger requests, or retry this request in a minute."
    )
    return json_reply(
        400, {"success": 0, "message": "Rate limit exceeded.", "failureReasons": [reason]}
    )
