"""Data matching: which column of the profiles becomes which field of the contact."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

EMAIL = "email"
# What every account takes; its own custom fields are "field:" and their number.
TARGETS: dict[str, Promise] = {
    EMAIL: _("Email"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "phone": _("Phone"),
    "account_name": _("Company"),
}
_FIELD = re.compile(r"field:([1-9][0-9]{0,17})")


@dataclass(frozen=True)
class MappedField:
    """One row: the values of `column` are sent as `target`.

    For custom fields, `type` is ActiveCampaign's type of it and `title` its name there, both as
    they were when the row was chosen.
    """

    column: str
    target: str
    type: str = ""
    title: str = ""

    @property
    def field_id(self) -> int | None:
        """Return the number of the custom field, None for what every account takes."""
        match = _FIELD.fullmatch(self.target)
        return int(match[1]) if match else None

    @property
    def is_known(self) -> bool:
        return self.target in TARGETS or self.field_id is not None

    @property
    def label(self) -> str:
        """Return the name of the target for people, in the active language."""
        if self.target in TARGETS:
            return str(TARGETS[self.target])
        return self.title or translate("Field %(number)s") % {"number": self.field_id}

    def to_json(self) -> dict[str, str]:
        row = {"column": self.column, "target": self.target}
        if self.field_id is not None:
            row |= {"type": self.type, "title": self.title}
        return row


@dataclass(frozen=True)
class Fault:
    """What is wrong with a mapping, and at which of its rows; None: with the whole of it."""

    row: int | None
    message: str


class InvalidMapping(ValueError):
    """A mapping can't be used as it is; `faults` says why, at least one of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Mapping:
    """All rows, in the order people gave them."""

    fields: tuple[MappedField, ...] = ()

    def __iter__(self) -> Iterator[MappedField]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @classmethod
    def from_json(cls, stored: Any) -> "Mapping":
        """Return what is stored; what is no row is left out, and nothing else is judged."""
        rows = stored if isinstance(stored, list) else []
        return cls(tuple(_read(row) for row in rows if isinstance(row, dict)))

    def to_json(self) -> list[dict[str, str]]:
        return [field.to_json() for field in self.fields]

    @property
    def email_column(self) -> str | None:
        """Return the column that holds the address, None when no row says so."""
        return next((field.column for field in self.fields if field.target == EMAIL), None)

    @property
    def columns(self) -> list[str]:
        """Return the columns that are read, each once, in the order of the rows."""
        return list(dict.fromkeys(field.column for field in self.fields if field.column))

    def faults(self) -> list[Fault]:
        """Return all that is wrong: the e-mail must be there once, and no target twice."""
        uses = Counter(field.target for field in self.fields)
        found = [
            Fault(row, message)
            for row, field in enumerate(self.fields)
            if (message := _fault_of(field, uses[field.target]))
        ]
        if not uses[EMAIL]:
            found.insert(0, Fault(None, translate("Choose the column with the e-mail address.")))
        return found

    def validate(self) -> None:
        """Raise InvalidMapping unless this can be sent."""
        if faults := self.faults():
            raise InvalidMapping(faults)


def _read(row: dict[str, Any]) -> MappedField:
    return MappedField(*(str(row.get(key) or "") for key in ("column", "target", "type", "title")))


def _fault_of(field: MappedField, uses: int) -> str:
    if not field.is_known:
        return translate("Choose what to send the column as.")
    if uses > 1:
        return translate("%(field)s is matched twice: keep one of the rows.") % {
            "field": field.label
        }
    if not field.column:
        return translate("Choose a column for %(field)s.") % {"field": field.label}
    return ""
