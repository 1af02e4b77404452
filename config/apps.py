"""What is set once when Django starts."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# Seconds. No transaction of ours waits for anything but the database.
MOST_IDLE = 60


class GroundConfig(AppConfig):
    """Settings, leases, storages: what everything else stands on."""

    name = "config"

    def ready(self) -> None:
        connection_created.connect(_bound_idle_transactions)


def _bound_idle_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have PostgreSQL end the transactions of processes that stand still, or of lost machines.

    They would keep their locks, and a run from the worker that wants to go on with it, until the
    network gives them up: after two hours.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = %s", [f"{MOST_IDLE}s"])
