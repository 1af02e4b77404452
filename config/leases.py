"""Leases: of all workers, one at a time works on a row, and nobody waits for a dead one."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import DatabaseError, connection, models
from django.utils import timezone

log = logging.getLogger("facteur.leases")

# How long a dead worker's row waits for another one.
LEASE = timedelta(seconds=20)
# How often a worker that lives says so; a slice may be longer than a lease.
HEARTBEAT_SECONDS = 5.0


class LeaseLost(Exception):
    """Somebody else has taken over; whoever notices must stop without writing anything more."""


class LeasedQuerySet(models.QuerySet[Any]):
    """Queries of rows that are worked on in slices."""

    def waiting(self, now: datetime) -> Self:
        """Return the rows whose time has come and that nobody works on."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        return self.filter(free, wake_at__lte=now)


class Leased(models.Model):
    """When is this to be worked on next, and who does so now?"""

    wake_at = models.DateTimeField(null=True, db_index=True, editable=False)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def take_lease(self, now: datetime) -> bool:
        """Become the one who works on this row; return False when another one does."""
        token, until = uuid.uuid4(), now + LEASE
        rows = type(self)._default_manager.filter(pk=self.pk)
        free = models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        if not rows.filter(free).update(lease_token=token, lease_until=until):
            return False
        self.refresh_from_db()
        return True

    def renew_lease(self, now: datetime) -> None:
        """Keep the lease; raises LeaseLost. Inside a transaction this also locks the row."""
        until = now + LEASE
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        if self.lease_token is None or not rows.update(lease_until=until):
            raise LeaseLost(f"{self._meta.label} {self.pk}")
        self.lease_until = until

    @contextmanager
    def keeping_lease(self) -> Iterator[None]:
        """Renew the lease from a thread of its own for as long as the block takes."""
        done = threading.Event()
        heart = threading.Thread(target=self._beat, args=[done, self.lease_token], daemon=True)
        heart.start()
        try:
            yield
        finally:
            done.set()
            heart.join()

    def _beat(self, done: threading.Event, token: uuid.UUID | None) -> None:
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=token)
        try:
            while not done.wait(HEARTBEAT_SECONDS):
                try:
                    rows.update(lease_until=timezone.now() + LEASE)
                except DatabaseError as error:
                    # One beat missed is no harm; three cost the lease, and that is safe.
                    log.warning("%s %s: %s", self._meta.label, self.pk, type(error).__name__)
        finally:
            connection.close()  # this thread's

    def release_lease(self, *, wake_at: datetime | None) -> None:
        """Let go, and say when to go on; does nothing when the lease was lost."""
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        rows.update(lease_token=None, lease_until=None, wake_at=wake_at)
        self.lease_token, self.lease_until, self.wake_at = None, None, wake_at
