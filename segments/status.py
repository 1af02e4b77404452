"""What the last refresh of a segment came to, for a pill."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Status:
    """A status, as the pill takes it."""

    status: str
    label: str | Promise


_REFRESHING = Status("refreshing", _("Refreshing"))
_FAILED = Status("failed", _("Failed"))
_NOT_STARTED = Status("", _("Not started"))
_SUCCESSFUL = Status("successful", _("Successful"))


def status_of(segment: Any) -> Status:
    """Return the status of a segment that `with_status` has found."""
    if segment.is_refreshing:
        return _REFRESHING
    if segment.problem:
        return _FAILED
    return _SUCCESSFUL if segment.snapshot_id else _NOT_STARTED
