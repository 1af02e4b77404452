"""A list in the sandbox, compared member by member and field by field with what it should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exports.models import Run

# What is sent of a person, in the sandbox's words; custom fields are compared by their number.
STANDARD = ("first_name", "last_name", "phone", "account_name")
Values = Mapping[str, str]


@dataclass(frozen=True)
class Differences:
    """How a list differs from what it should be, in members."""

    missing: int
    unexpected: int
    wrong: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.unexpected or self.wrong)


def compare(
    expected: Mapping[str, Values], arrived: Mapping[str, Mapping[str, Any]]
) -> Differences:
    """Compare the contacts of a list with the values expected of each, by address."""
    both = expected.keys() & arrived.keys()
    return Differences(
        missing=len(expected.keys() - both),
        unexpected=len(arrived.keys() - both),
        wrong=sum(_values(arrived[email], expected[email]) != expected[email] for email in both),
    )


def accounted(runs: Iterable[Run]) -> bool:
    """Tell whether each run can say of every member, and of all who left, what happened."""
    return all(
        (run.members or 0) + run.leavers
        == run.unchanged
        + run.held_back
        + run.accepted
        + run.rejected_before
        + run.rejected_after
        + run.not_attempted
        for run in runs
    )


def _values(contact: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: _value(contact, name) for name in names}


def _value(contact: Mapping[str, Any], name: str) -> str:
    if name in STANDARD:
        return contact[name] or ""
    return contact["fields"].get(int(name), "")
