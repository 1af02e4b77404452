"""Leases: of all workers, one at a time works on a row, and nobody waits long for a dead one.

The clock may be set back while workers are at it. So a time that lies further ahead than we ever
set one counts as past.
"""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import DatabaseError, connection, models
from django.utils import timezone

from config.life_signs import showing_life, tokens_of_the_dead

log = logging.getLogger("facteur.leases")

# How long a dead worker's row waits for another one that can't know that it is dead.
LEASE = timedelta(seconds=20)
# How often a worker that lives says so; a slice may be longer than a lease.
HEARTBEAT_SECONDS = 5.0
# Who waits for longer looks again then, and waits on.
LONGEST_WAIT = timedelta(minutes=2)
# How far the clocks of two machines may be apart.
APART = timedelta(seconds=20)

# Goes on while the process, or the whole machine, stands still.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):
    """Somebody else has taken over; whoever notices must stop without writing anything more."""


class LeasedQuerySet(models.QuerySet[Any]):
    """Queries of rows that are worked on in slices."""

    def waiting(self, now: datetime) -> Self:
        """Return the rows whose time has come and that nobody works on."""
        return self.filter(_past("wake_at", now, LONGEST_WAIT), _free(now))


class Leased(models.Model):
    """When is this to be worked on next, and who does so now?"""

    wake_at = models.DateTimeField(null=True, db_index=True, editable=False)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    # Until when nobody else can have the lease, by this machine's _CLOCK.
    _safe_until = 0.0

    class Meta:
        abstract = True

    def must_wait(self, now: datetime) -> bool:
        """Tell whether its time has not come yet."""
        return self.wake_at is not None and now < self.wake_at <= now + LONGEST_WAIT + APART

    def take_lease(self, now: datetime) -> bool:
        """Become the one who works on this row; return False when another one does."""
        token, until, safe_until = uuid.uuid4(), now + LEASE, _safe()
        rows = type(self)._default_manager.filter(_free(now), pk=self.pk)
        if not rows.update(lease_token=token, lease_until=until):
            return False
        self.refresh_from_db()
        self._safe_until = safe_until
        return True

    def renew_lease(self, now: datetime) -> None:
        """Keep the lease; raises LeaseLost. Inside a transaction this also locks the row."""
        until, safe_until = now + LEASE, _safe()
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        if self.lease_token is None or not rows.update(lease_until=until):
            raise LeaseLost(f"{self._meta.label} {self.pk}")
        self.lease_until, self._safe_until = until, safe_until

    @property
    def surely_ours(self) -> bool:
        """Whether nobody can have taken over, also if this process stood still until now.

        It asks no database, so it may be looked at right before something that can't be undone.
        """
        return self.lease_token is not None and time.clock_gettime(_CLOCK) < self._safe_until

    @contextmanager
    def keeping_lease(self) -> Iterator[None]:
        """Renew the lease from a thread of its own for as long as the block takes."""
        if (token := self.lease_token) is None:
            raise LeaseLost(f"{self._meta.label} {self.pk}")
        done = threading.Event()
        heart = threading.Thread(target=self._beat, args=[done, token], daemon=True)
        heart.start()
        try:
            with showing_life(token):
                yield
        finally:
            done.set()
            heart.join()

    def _beat(self, done: threading.Event, token: uuid.UUID) -> None:
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=token)
        try:
            while not done.wait(HEARTBEAT_SECONDS):
                safe_until = _safe()
                try:
                    if rows.update(lease_until=timezone.now() + LEASE):
                        self._safe_until = safe_until
                except DatabaseError as error:
                    # One beat missed is no harm; three cost the lease, and that is safe.
                    log.warning("%s %s: %s", self._meta.label, self.pk, type(error).__name__)
        finally:
            connection.close()  # this thread's

    def release_lease(self, *, wake_at: datetime | None) -> None:
        """Let go, and say when to go on; does nothing when the lease was lost."""
        if wake_at is not None:
            wake_at = min(wake_at, timezone.now() + LONGEST_WAIT)
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        rows.update(lease_token=None, lease_until=None, wake_at=wake_at)
        self.lease_token, self.lease_until, self.wake_at = None, None, wake_at


def free_the_dead(*, now: datetime) -> None:
    """Let others have at once what workers of this machine were working on when they died."""
    for token in tokens_of_the_dead():
        for model in Leased.__subclasses__():
            rows = model._default_manager.filter(lease_token=token)
            # Nobody has been told to go on with it, so it has waited long enough.
            if rows.update(lease_token=None, lease_until=None, wake_at=now - LEASE):
                log.warning("%s: a worker died", model._meta.label)


def _free(now: datetime) -> models.Q:
    return models.Q(lease_until=None) | _past("lease_until", now, LEASE)


def _past(field: str, now: datetime, longest: timedelta) -> models.Q:
    """Return the condition that a time has come, or lies further ahead than we set it."""
    come = {f"{field}__lte": now}
    impossible = {f"{field}__gt": now + longest + APART}
    return models.Q(**come) | models.Q(**impossible)


def _safe() -> float:
    """Return until when a lease is ours that is taken or renewed from now on."""
    return time.clock_gettime(_CLOCK) + LEASE.total_seconds()
