"""The columns of the file of rejects: as they are written, and as they are found again."""

import re
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from exports.mapping import Mapping
from exports.pipeline.planning.values import value_columns

_REFERENCE = re.compile(r"r(\d{1,18})-s(\d{1,9})-(\d{1,18})")


def reference_of(run: int, place: tuple[int, int]) -> str:
    """Return what tells a reject from all others; no spreadsheet takes it for a number or date."""
    segment, row = place
    return f"r{run}-s{segment}-{row}"


def read_reference(text: str) -> tuple[int, tuple[int, int]] | None:
    """Return the run and the place that a reference stands for; None when it is none."""
    match = _REFERENCE.fullmatch(text.strip().lower())
    return (int(match[1]), (int(match[2]), int(match[3]))) if match else None


def header(mapping: Mapping) -> list[str]:
    """Return the names of the columns in the active language, no two of them alike."""
    fields = [field.label for field in mapping]
    names = [_("Reference"), _("Row"), _("Key"), *fields, _("Stage"), _("Reason")]
    return _different(names)


def value_positions(mapping: Mapping, names: Sequence[str]) -> dict[str, int]:
    """Return where the mapped columns are in a file with these `names`, by the plan's names.

    "" stands for the reference. The file may be in any of the languages, and its columns in any
    order; what it lacks is not in the answer.
    """
    places = {name.strip().casefold(): place for place, name in enumerate(names)}
    found: dict[str, int] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            written = header(mapping)
        ours = ["", *(name for _field, name in value_columns(mapping))]
        for column, name in zip(ours, [written[0], *written[3:-2]], strict=True):
            if (place := places.get(name.casefold())) is not None:
                found.setdefault(column, place)
    return found


def _different(names: Sequence[str]) -> list[str]:
    """Return the names, with a number behind those that were there before."""
    different: list[str] = []
    taken: set[str] = set()
    for name in names:
        # Headers are compared without line breaks and double spaces.
        plain = unique = " ".join(name.split())
        number = 2
        while unique.casefold() in taken:
            unique, number = f"{plain} ({number})", number + 1
        taken.add(unique.casefold())
        different.append(unique)
    return different
