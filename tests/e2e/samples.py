"""More than the sample of `make demo` has: what failed, what is detached, what is refused.

These run inside an installation: `house.add("make()")`.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from exports.erasing import request_erasure
from exports.models import Erasure, Export, Run
from exports.pipeline import approve_run, start_run
from exports.suppression import add_addresses, list_of_account, list_of_export
from segments.models import Segment
from segments.services import save_segment
from tests.e2e.house import PEOPLE, SECURED, SECURED_BY

WAIT_SECONDS = 60


def make_people() -> None:
    """Add the people, and nothing else."""
    for one in PEOPLE:
        User.objects.create_user(one.email, one.password, full_name=one.name, role=one.role)


def make_secured() -> None:
    """Add somebody with a second factor."""
    user = User.objects.create_user(
        SECURED.email, SECURED.password, full_name=SECURED.name, role=SECURED.role
    )
    TOTP.activate(user, SECURED_BY)
    RecoveryCodes.activate(user)


def make() -> None:
    """Add a failed run, a detached export, a connection without consent, and a run at last."""
    export = Export.objects.get(name="Newsletter readers")
    start(_export_like(export, "Summer mailing", list_id=999, list_name=""))
    wait()
    _export_like(export, "Old mailing", connection=None)
    _connection("Québec account", "acme-quebec.api-us1.com")
    start(_export_like(export, "Spring catalogue"))


def make_decided() -> None:
    """Add what people decide: a run that waits for approval, one that had it, who is left out."""
    export = Export.objects.get(name="Newsletter readers")
    user, now = User.objects.get(role=User.Role.ADMINISTRATOR), timezone.now()
    # Before anything is planned: whom a plan does not know as suppressed, nobody can approve.
    for one in (list_of_export(export), list_of_account(export.connection.host)):
        add_addresses(to=one, lines=["never@poste.example"], user=user, now=now)
    request_erasure(
        email="unknown@poste.example", delete_contact=True, keep_suppressed=True, user=user, now=now
    )
    wait()
    brazil = _segment_like(export, "Brazil", "Brazil")
    waiting = _export_like(
        export,
        "Winter mailing",
        list_id=3,
        list_name="Winter",
        leavers=Export.Leavers.UNSUBSCRIBE,
    )
    approved = _export_like(export, "Autumn mailing", list_id=2, list_name="Customers")
    for each in (waiting, approved):
        start(each)
    wait()
    for each in (waiting, approved):
        each.segments.set([brazil])
        start(each)
    wait()
    approve_run(run=approved.runs.latest("pk"), user=user, now=timezone.now())
    wait()


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
    """Wait until no run is under way by itself, and nobody is being forgotten."""
    resting = {*Run.FINISHED, Run.Status.NEEDS_APPROVAL}
    working = (Run.objects.exclude(status__in=resting), Erasure.objects.running())
    deadline = time.monotonic() + WAIT_SECONDS
    while any(rows.exists() for rows in working) and time.monotonic() < deadline:
        time.sleep(0.2)


def _export_like(export: Export, name: str, **changes: Any) -> Export:
    same = ("connection", "list_id", "list_name", "mapping", "recurrence")
    values = {field: getattr(export, field) for field in same}
    copy = Export(name=name, **values | changes).author(_contributor(), timezone.now())
    copy.save()
    copy.segments.set(export.segments.all())
    return copy


def _segment_like(export: Export, name: str, country: str) -> Segment:
    rule = {
        "version": 1,
        "match": "all",
        "conditions": [{"column": "country", "operator": "equals", "value": country}],
    }
    segment = Segment(name=name, source=export.segments.get().source, rule=rule)
    return save_segment(segment=segment, version=None, user=_contributor(), now=timezone.now())


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
