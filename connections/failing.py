"""Whether a connection works, as the runs over it find out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connections.models import Connection
from connections.problems import WORDINGS_FOR_ADMINISTRATORS

# What is found out by looking at the connection, see Connection.problem(): it needs no run.
_SEEN = {"export_user_gone", "consent_lapsed", "host_not_allowed", "key_unreadable"}
# What is wrong with an export or a moment, not with the connection.
_OF_OTHERS = {"list_not_found", "refused", "rate_limited"}
REASONS = frozenset(WORDINGS_FOR_ADMINISTRATORS) - _SEEN - _OF_OTHERS


def note_failure(*, connection: Connection, why: Mapping[str, Any], now: datetime) -> None:
    """Note that a run failed for `why`, if that is a reason of the connection's own."""
    if why["code"] not in REASONS:
        return
    rows = Connection.objects.filter(pk=connection.pk)
    rows.update(failing=dict(why))
    rows.filter(failing_since=None).update(failing_since=now)


def note_success(*, connection: Connection) -> None:
    """Note that ActiveCampaign answers a run, as long as the connection was failing."""
    failing = Connection.objects.filter(pk=connection.pk).exclude(failing_since=None)
    failing.update(failing=None, failing_since=None)
