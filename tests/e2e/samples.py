"""More than the sample of `make demo` has: what failed, what is detached, what is refused.

These run inside an installation: `house.add("make()")`.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from exports.models import Export, Run
from exports.pipeline import start_run
from tests.e2e.house import PEOPLE

WAIT_SECONDS = 60


def make_people() -> None:
    """Add the people, and nothing else."""
    for one in PEOPLE:
        User.objects.create_user(one.email, one.password, full_name=one.name, role=one.role)


def make() -> None:
    """Add a failed run, a detached export, a connection without consent, and a run at last."""
    export = Export.objects.get(name="Newsletter readers")
    start(_export_like(export, "Summer mailing", list_id=999, list_name=""))
    wait()
    _export_like(export, "Old mailing", connection=None)
    _connection("Québec account", "acme-quebec.api-us1.com")
    start(_export_like(export, "Spring catalogue"))


def make_shared(name: str, exports: list[str]) -> None:
    """Add a connection that these exports use."""
    export = Export.objects.get(name="Newsletter readers")
    connection = _connection(name, "acme-shared.api-us1.com")
    for one in exports:
        _export_like(export, one, connection=connection)


def start(export: Export) -> Run:
    return start_run(
        export=export, trigger=Run.Trigger.ON_DEMAND, user=_contributor(), now=timezone.now()
    )


def wait() -> None:
    """Wait until no run is under way."""
    deadline = time.monotonic() + WAIT_SECONDS
    while any(not run.is_finished for run in Run.objects.all()) and time.monotonic() < deadline:
        time.sleep(0.2)


def _export_like(export: Export, name: str, **changes: Any) -> Export:
    same = ("connection", "list_id", "list_name", "mapping", "recurrence")
    values = {field: getattr(export, field) for field in same}
    copy = Export(name=name, **values | changes).author(_contributor(), timezone.now())
    copy.save()
    copy.segments.set(export.segments.all())
    return copy


def _connection(name: str, host: str) -> Connection:
    administrator = User.objects.get(role=User.Role.ADMINISTRATOR)
    now = timezone.now()
    connection = Connection(
        name=name,
        host=host,
        api_key="no-key",
        connected_at=now - timedelta(days=400),
        export_user=administrator,
        export_user_at=now,
    ).author(administrator, now)
    connection.save()
    return connection


def _contributor() -> User:
    return User.objects.get(role=User.Role.CONTRIBUTOR)
