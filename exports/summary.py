"""What an export is set up to so far, in a few lines beside its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from exports.list_ids import label_of
from exports.models import Export
from exports.option_words import options_in_words
from exports.setting_up import Setup
from exports.steps import CONNECTION, MATCHING, OPTIONS, SEGMENTS
from segments.templatetags.schedules import in_words


@dataclass(frozen=True)
class Line:
    """One fact, and the step where it is changed; no texts: nothing is chosen yet."""

    step: str
    label: str | Promise
    texts: Sequence[str]


def summarize(setup: Setup, scheduled: Export | None) -> list[Line]:
    """Return what is chosen so far; `scheduled` has the schedule, None while it is not right."""
    options = options_in_words(setup.form.drafted)
    connection = setup.destination.connection
    return [
        Line(CONNECTION, _("Display name"), _some(setup.name)),
        Line(CONNECTION, _("Connection for export"), _some(connection.name if connection else "")),
        Line(CONNECTION, _("List"), _some(_list(setup))),
        Line(SEGMENTS, _("Segments"), _segments(setup)),
        Line(MATCHING, _("Data matching"), _matching(setup)),
        Line(OPTIONS, _("Consent"), [options["consent"]]),
        Line(OPTIONS, _("People who leave"), [options["leavers"]]),
        Line(OPTIONS, _("Automations"), [options["automations"]]),
        Line(OPTIONS, _("Guards"), [options["guards"]]),
        Line(OPTIONS, _("Schedule"), _some(in_words(scheduled) if scheduled else "")),
    ]


def _some(text: str) -> list[str]:
    return [text] if text else []


def _list(setup: Setup) -> str:
    if setup.list_id is None:
        return ""
    known = {each.id: label_of(each) for each in setup.destination.lists}
    return known.get(setup.list_id, str(setup.list_id))


def _segments(setup: Setup) -> list[str]:
    if not setup.segments:
        return []
    members = sum(each.snapshot.members for each in setup.segments if each.snapshot)
    counted = ngettext("%(members)s member", "%(members)s members", members) % {
        "members": formats.number_format(members, force_grouping=True)
    }
    return [*(each.name for each in setup.segments), counted]


def _matching(setup: Setup) -> list[str]:
    matched = [row for row in setup.matching.rows if row.mapped.column]
    if not setup.segments or not matched:
        return []
    names = ", ".join(row.mapped.label for row in matched)
    suggested = sum(row.is_suggestion for row in matched)
    said = ngettext(
        "%(count)s of them as suggested", "%(count)s of them as suggested", suggested
    ) % {"count": suggested}
    return [names, said] if suggested else [names]
