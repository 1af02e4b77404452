"""The steps of *Set up export*: their order, their names, and what is entered in each."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from exports.matching import ROW_FIELDS
from exports.option_fields import OPTION_FIELDS
from segments.forms.schedule import ScheduleFields

CONNECTION, SEGMENTS, MATCHING, OPTIONS, PREVIEW = (
    "connection",
    "segments",
    "matching",
    "options",
    "preview",
)
STEPS: dict[str, Promise] = {
    CONNECTION: _("Connection and list"),
    SEGMENTS: _("Segments"),
    MATCHING: _("Data matching"),
    OPTIONS: _("Options"),
    PREVIEW: _("Preview and save"),
}
STEP_FIELDS: dict[str, tuple[str, ...]] = {
    CONNECTION: ("connection", "name", "list_id", "confirm_list"),
    SEGMENTS: ("segments",),
    MATCHING: (*ROW_FIELDS, "declined"),
    OPTIONS: (*OPTION_FIELDS, *ScheduleFields.base_fields),
    PREVIEW: (),
}


@dataclass(frozen=True)
class Step:
    """One step as the page shows it; `state` is done, wrong or open."""

    name: str
    number: int
    label: str | Promise
    state: str
    is_current: bool


def step_of(name: str | None) -> str:
    """Return a step that there is: the first one for a name that is none."""
    return name if name in STEPS else CONNECTION


def following(step: str) -> str:
    """Return the next step; of the last one, itself."""
    names = list(STEPS)
    return names[min(names.index(step) + 1, len(names) - 1)]


def preceding(step: str) -> str | None:
    """Return the step before, None of the first."""
    names = list(STEPS)
    position = names.index(step)
    return names[position - 1] if position else None


def show_steps(current: str, *, done: Container[str], wrong: Container[str]) -> list[Step]:
    """Return all steps with how they stand."""
    return [
        Step(
            name=name,
            number=number,
            label=label,
            state="wrong" if name in wrong else "done" if name in done else "open",
            is_current=name == current,
        )
        for number, (name, label) in enumerate(STEPS.items(), start=1)
    ]
