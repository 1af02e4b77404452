"""Which row of the database names a stored file, and how it comes to name another one.

Found by looking, not by a list: a file that some room names in a way of its own is neither
taken for a stray one nor left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

from exports.models import Batch, Erasure
from segments.erasing import Replaced

_ROOMS = ("segments", "exports")
# The ledger names no files, and there is more of it than of anything else; erasures name those
# that are to be deleted.
_NAMELESS = (Batch, Erasure)


@dataclass(frozen=True)
class Owner:
    """A row that names a file, in one of its fields."""

    row: models.Model
    field: str

    def rename(self, old: str, new: str) -> None:
        """Let the row name the file `new` where it names `old`.

        Raises Replaced when it does not any more.
        """
        rows = type(self.row)._default_manager.select_for_update().filter(pk=self.row.pk)
        row = rows.first()
        now = getattr(row, self.field, None)
        renamed = _renamed(now, old, new)
        if renamed == now:
            raise Replaced(old)
        rows.update(**{self.field: renamed})


def owners_of(name: str) -> list[Owner]:
    """Return the rows that name a stored file; none when it is a stray one."""
    return [
        Owner(row, field.name)
        for model, field in _naming_fields()
        for row in _rows_naming(model, field, name)
    ]


@cache
def _naming_fields() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    return [
        (model, field)
        for room in _ROOMS
        for model in apps.get_app_config(room).get_models()
        if model not in _NAMELESS
        for field in model._meta.fields
        if isinstance(field, models.JSONField)
        or (isinstance(field, models.CharField) and (field.max_length or 0) == 255)
    ]


def _rows_naming(
    model: type[models.Model],
    field: models.Field[Any, Any],
    name: str,
) -> Iterator[models.Model]:
    rows = model._default_manager.all()
    if isinstance(field, models.CharField):
        return iter(rows.filter(**{field.name: name}))
    as_text = Cast(field.name, models.TextField())
    return iter(rows.annotate(_text=as_text).filter(_text__contains=name))


def _renamed(value: object, old: str, new: str) -> object:
    match value:
        case str():
            return new if value == old else value
        case list():
            return [_renamed(each, old, new) for each in value]
        case dict():
            return {name: _renamed(each, old, new) for name, each in value.items()}
    return value
