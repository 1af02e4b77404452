"""The biggest reasons for which people could not be delivered, and what to do about each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from exports.mapping import Mapping as Matching
from exports.models import Export, Run
from exports.pipeline.planning.values import value_columns
from exports.reasons import planned_reason, todo_text

SHOWN = 5
# What nobody needs to do anything about: the same person stands in the segments twice.
_HARMLESS = "duplicate"


@dataclass
class Reason:
    """Why members of the last runs were rejected: how many, what to do, and where it is most."""

    text: str
    todo: str
    count: int = 0
    runs: int = 0
    # The run with the most of them, and its export.
    run_id: int = 0
    export: str = ""
    most: int = 0

    def add(self, count: int, run_id: int, export: str) -> None:
        """Count the rejects of another run."""
        self.count += count
        self.runs += 1
        if count > self.most:
            self.most, self.run_id, self.export = count, run_id, export


def biggest_reasons() -> list[Reason]:
    """Return the most frequent reasons in the last runs of all exports."""
    last = Export.objects.last_runs([Run.Status.WITH_REJECTS])
    runs = Run.objects.filter(pk__in=last)
    reasons: dict[str, Reason] = {}
    columns = ("pk", "export__name", "reject_reasons", "rejected_after", "mapping")
    for pk, export, before, after, mapping in runs.values_list(*columns):
        for code, count in before.items():
            if code != _HARMLESS:
                _reason(reasons, code, mapping).add(count, pk, export)
        if after:
            _refused(reasons).add(after, pk, export)
    return sorted(reasons.values(), key=lambda reason: -reason.count)[:SHOWN]


def _reason(reasons: dict[str, Reason], code: str, mapping: Any) -> Reason:
    text = planned_reason(code, _titles(code, mapping))
    return reasons.setdefault(text, Reason(text, todo_text(code.partition(":")[0])))


def _titles(code: str, mapping: Any) -> Mapping[str, str]:
    """Return what the columns of the plan are called, if the reason names one."""
    if ":" not in code:
        return {}
    return {name: field.label for field, name in value_columns(Matching.from_json(mapping))}


def _refused(reasons: dict[str, Reason]) -> Reason:
    return reasons.setdefault(
        "refused", Reason(_("ActiveCampaign refused the contact."), todo_text("refused"))
    )
