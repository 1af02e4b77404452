"""Leases: of all workers, one at a time works on a row, and nobody waits for a dead one."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models

# Longer than any slice with its slowest request, shorter than anybody's patience.
LEASE = timedelta(seconds=60)


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

    def release_lease(self, *, wake_at: datetime | None) -> None:
        """Let go, and say when to go on; does nothing when the lease was lost."""
        rows = type(self)._default_manager.filter(pk=self.pk, lease_token=self.lease_token)
        rows.update(lease_token=None, lease_until=None, wake_at=wake_at)
        self.lease_token, self.lease_until, self.wake_at = None, None, wake_at
