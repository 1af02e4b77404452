"""What an export does besides sending its mapping, frozen when a run begins."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from exports.models import Export


@dataclass(frozen=True)
class Options:
    """Consent, leavers and automations; `leavers` is one of Export.Leavers."""

    consent_column: str = ""
    leavers: str = Export.Leavers.KEEP
    leaver_field: int | None = None
    left_value: str = ""
    back_value: str = ""
    automations: bool = False

    @classmethod
    def of(cls, export: Export) -> Options:
        """Return the options of an export as they are now."""
        return cls(**{field.name: getattr(export, field.name) for field in fields(cls)})

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Options:
        """Return what a run has stored; what it lacks is as it was before there was a choice."""
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_delivered(self, *, first: bool) -> Options:
        """Return what holds for a delivery: the first to a list starts no automations."""
        return replace(self, automations=False) if first else self

    @property
    def sends_leavers(self) -> bool:
        """Whether something is sent for people who left."""
        return self.leavers != Export.Leavers.KEEP
