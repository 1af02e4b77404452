"""Where the database itself quotes an address: reasons of rejects, problems, the audit trail.

What Facteur wrote down is scrubbed. What people wrote, the rule of a segment for example, is
left as it is, and named: it says what they want, and only they can say it otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast, Lower

from config.fields import EncryptedTextField
from exports.erasing.files import Work
from exports.erasing.progress import note
from exports.erasing.waiting import check_export_rests
from exports.models import Batch, Erasure, ReadBack, Run
from segments.mentions import Mentioned

_ROOMS = ("segments", "exports", "connections", "auditlog")
# What people wrote, or says who they are.
_OF_PEOPLE = {
    "segments.segment": ("name", "rule"),
    "segments.source": ("name", "query", "pattern", "database_url"),
    "segments.tag": ("name",),
    "exports.export": ("name", "left_value", "back_value"),
    "connections.connection": ("name", "key_owner", "account_name", "host"),
    "connections.connectiondraft": ("name", "key_owner", "account_name", "host"),
    "connections.consent": ("connection_name", "user_email", "host"),
    "auditlog.logentry": ("actor_email",),
}


def erase_from_words(work: Work) -> None:
    """Take the address out of whatever the database quotes; raises NotYet and LeaseLost."""
    for model, field in _fields():
        for row in _quoting(model, field, work.address):
            if field.name in _OF_PEOPLE.get(model._meta.label_lower, ()):
                _name(work, row)
            else:
                _scrub(work, row, field)


def _scrub(work: Work, row: models.Model, field: models.Field[Any, Any]) -> None:
    rows = type(row)._default_manager.select_for_update().filter(pk=row.pk)
    with transaction.atomic():
        _check_rests(row)
        now = rows.values_list(field.name, flat=True).first()
        rows.update(**{field.name: work.address.taken_out_of(now)})
        note(work.erasure, erased={"words": 1})


def _name(work: Work, row: models.Model) -> None:
    with transaction.atomic():
        note(work.erasure, remains={"written": [[row._meta.label_lower, row.pk]]})


def _check_rests(row: models.Model) -> None:
    match row:
        case Run(export_id=export_id) | Batch(run=Run(export_id=export_id)):
            check_export_rests(export_id)
        case ReadBack(run=Run(export_id=export_id)):
            check_export_rests(export_id)


@cache
def _fields() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    return [
        (model, field)
        for room in _ROOMS
        for model in apps.get_app_config(room).get_models()
        if model is not Erasure
        for field in model._meta.fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not isinstance(field, EncryptedTextField)
        and not field.choices
    ]


def _quoting(
    model: type[models.Model], field: models.Field[Any, Any], address: Mentioned
) -> Iterator[models.Model]:
    text = Lower(Cast(field.name, models.TextField()))
    # JSON may hold letters beyond ASCII as they are, or as numbers.
    escaped = json.dumps(address.address)[1:-1]
    rows = model._default_manager.annotate(_text=text)
    if model is Batch:
        rows = rows.filter(rejected__gt=0)
    found = rows.filter(Q(_text__contains=address.address) | Q(_text__contains=escaped))
    for row in found.order_by("pk").iterator(chunk_size=100):
        value = getattr(row, field.name)
        if address.taken_out_of(value) != value:
            yield row
