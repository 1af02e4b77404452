"""Turns: one question after another to an account, within its limits and one slice of work."""

import time
from datetime import datetime, timedelta

from django.utils import timezone

from config.problems import problem
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.limiter import AccountLimiter, Kind, Slots
from connections.services import NotUsable, open_client
from exports.models import Run
from exports.pipeline.interruptions import NotYet, Stop

# Seconds. A wait that is shorter is slept through; a longer one frees the worker.
LONGEST_SLEEP = 1.5
# Who makes way for other work lets several turns gather first.
YIELD = timedelta(seconds=1)


class Turns:
    """The turns of an account until a moment of `time.monotonic()`, for questions of one kind."""

    def __init__(self, limiter: AccountLimiter, *, until: float, kind: Kind = Kind.READ) -> None:
        self._limiter, self._until, self._kind = limiter, until, kind
        self._taken: Slots | None = None
        self._pause = timedelta(0)

    @property
    def wake_at(self) -> datetime:
        """When to go on after the last turn."""
        return timezone.now() + self._pause

    @property
    def are_left(self) -> bool:
        """Whether the slice is not over."""
        return not self._pause and time.monotonic() < self._until

    def take(self) -> bool:
        """Wait for the next turn and take it; return False when the slice is over before.

        It is also over when there is other work for this worker while it would have to wait.
        Raises NotYet when the account has to be left alone for longer.
        """
        self._give_back()
        while time.monotonic() < self._until:
            slots = self._limiter.take_some(self._kind, 1)
            if slots.granted:
                self._taken = slots
                return True
            if slots.wait > LONGEST_SLEEP:
                raise not_before(slots.wait)
            if Run.objects.waiting(timezone.now()).exists():
                self._pause = YIELD
                return False
            time.sleep(slots.wait)
        return False

    def require(self) -> None:
        """Wait for the next turn and take it; raises NotYet when the slice is over before."""
        if not self.take():
            raise not_before(YIELD.total_seconds())

    def _give_back(self) -> None:
        """Say that the question of the turn before is answered."""
        if self._taken is not None:
            self._limiter.answered(self._taken)
            self._taken = None


def not_before(seconds: float) -> NotYet:
    """Return what to raise when the account's limit asks to wait for so long."""
    pause = timedelta(seconds=seconds)
    until = (timezone.now() + pause).isoformat()
    return NotYet(problem("waiting_for_limit", until=until), pause)


def open_account(run: Run) -> ActiveCampaignClient:
    """Return a client for the account that the run writes to; raises Stop."""
    if run.connection is None:
        raise Stop(problem("detached"))
    if run.connection.host != run.host:
        raise Stop(problem("other_host"))
    try:
        return open_client(run.connection)
    except NotUsable as error:
        raise Stop(error.problem) from error
