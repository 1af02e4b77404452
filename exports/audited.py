"""How the audit trail tells of data matching and guards: as sentences, not as data."""

from collections.abc import Sequence
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from accounts import audit_values
from exports.mapping import Mapping
from segments.audited import register_schedules


def register() -> None:
    """Have the trail tell values of this room's models in words."""
    audit_values.say(mappings_in_words, "exports.Export.mapping")
    guards = ("most_shrink", "most_growth", "most_rejects")
    audit_values.say(percents_in_words, *(f"exports.Export.{name}" for name in guards))
    register_schedules("exports.Export")


def mappings_in_words(stored: Sequence[Any]) -> list[str]:
    """Return which column is sent as what."""
    return [", ".join(map(_matched, Mapping.from_json(rows))) for rows in stored]


def percents_in_words(stored: Sequence[Any]) -> list[str]:
    """Return the thresholds of guards."""
    return [_("%(number)s %%") % {"number": formats.number_format(each)} for each in stored]


def _matched(row: Any) -> str:
    return _("%(column)s as %(field)s") % {"column": row.column, "field": row.label}
