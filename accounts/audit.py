"""The audit trail of django-auditlog in words: who did what to what, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit_values import NOTHING, Texts, texts_of
from accounts.models import User

# Who and when stand beside every entry; the version counts changes for us, not for people.
BOOKKEEPING = {"id", "created_at", "created_by", "updated_at", "updated_by", "version"}
LONGEST_VALUE = 300
ACTIONS = {
    LogEntry.Action.CREATE: gettext_lazy("Added"),
    LogEntry.Action.UPDATE: gettext_lazy("Changed"),
    LogEntry.Action.DELETE: gettext_lazy("Removed"),
}
EVENTS = {
    "signed_in": gettext_lazy("Signed in"),
    "link_made": gettext_lazy("Link to set a password made"),
    "forgotten": gettext_lazy("Person forgotten; rows, files and texts erased: %(count)s"),
    "members_downloaded": gettext_lazy("Members downloaded: %(members)s"),
}
# What models of other makers, and their fields, are called here; our own say it themselves.
KINDS = {"mfa.authenticator": gettext_lazy("second factor")}
FIELDS = {"mfa.Authenticator.user": gettext_lazy("user")}
Reference = tuple[type[models.Model], str]
Names = Mapping[Reference, str]


@dataclass(frozen=True)
class Change:
    """A field with its values before and after; empty where there was none."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Event:
    """An entry of the trail in the active language; `who` is empty for Facteur itself."""

    at: datetime
    who: str
    action: str
    kind: str
    name: str
    changes: list[Change]
    remote_address: str


def audited_kinds() -> list[tuple[str, str]]:
    """Return the kinds of object that the trail knows, as choices of a form field."""
    kinds = [(model._meta.label_lower, _kind(model)) for model in auditlog.get_models()]
    return sorted(kinds, key=lambda kind: kind[1])


def record(event: str, subject: models.Model, *, actor: User, **values: int) -> None:
    """Add to the trail that one of EVENTS happened to `subject` through `actor`.

    `values` are the figures that the words of the event name.
    """
    LogEntry.objects.log_create(
        subject,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        changes={},
        additional_data={"event": event, **values},
        actor=actor,
        actor_email=actor.email,
    )


def list_entries() -> QuerySet[LogEntry]:
    """Return all entries with what their list shows of them."""
    entries: QuerySet[LogEntry] = LogEntry.objects.select_related("actor", "content_type")
    return entries


def describe_entries(entries: Sequence[LogEntry]) -> list[Event]:
    """Return entries in words; objects they refer to are named together, in few queries."""
    names = _names_of({ref for entry in entries for ref in _references(entry)})
    texts = texts_of(
        (str(field), value)
        for entry in entries
        for field, values in _fields(entry)
        if not isinstance(values, dict)
        for value in values
    )
    return [
        Event(
            at=entry.timestamp,
            who=str(entry.actor or entry.actor_email or ""),
            action=_action(entry),
            kind=_kind(entry.content_type.model_class()) or entry.content_type.model,
            name=entry.object_repr,
            changes=list(_changes(entry, names, texts)),
            remote_address=entry.remote_addr or "",
        )
        for entry in entries
    ]


def _kind(model: type[models.Model] | None) -> str:
    if model is None:
        return ""
    return capfirst(str(KINDS.get(model._meta.label_lower, model._meta.verbose_name)))


def _action(entry: LogEntry) -> str:
    data = entry.additional_data or {}
    if words := EVENTS.get(data.get("event", "")):
        return str(words) % {name: _figure(value) for name, value in data.items()}
    return str(ACTIONS.get(entry.action) or entry.get_action_display())


def _figure(value: Any) -> str:
    return formats.number_format(value) if isinstance(value, int) else str(value)


def _fields(entry: LogEntry) -> Iterator[tuple[models.Field[Any, Any], Any]]:
    """Yield what changed, field by field; fields that the model no longer has are left out."""
    model = entry.content_type.model_class()
    for name, values in (entry.changes or {}).items():
        if model is None or name in BOOKKEEPING:
            continue
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field):
            yield field, values


def _references(entry: LogEntry) -> Iterator[Reference]:
    for field, values in _fields(entry):
        if isinstance(field, models.ForeignKey):
            yield from ((field.related_model, value) for value in values if value not in NOTHING)


def _names_of(references: set[Reference]) -> Names:
    """Return what objects are called; those that are gone, as the trail last called them."""
    keys: dict[type[models.Model], set[str]] = defaultdict(set)
    for model, key in references:
        keys[model].add(key)
    names: dict[Reference, str] = {}
    for model, wanted in keys.items():
        entries = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(model), object_pk__in=wanted
        )
        trail = entries.order_by("timestamp").values_list("object_pk", "object_repr")
        names.update({(model, key): name for key, name in trail})
        living = model._base_manager.filter(pk__in=wanted)
        names.update({(model, str(thing.pk)): str(thing) for thing in living})
    return names


def _changes(entry: LogEntry, names: Names, texts: Texts) -> Iterator[Change]:
    for field, values in _fields(entry):
        label = capfirst(str(FIELDS.get(str(field), field.verbose_name)))
        if isinstance(values, dict):  # many to many: objects that were added or removed
            listed = ", ".join(values["objects"])
            is_added = values["operation"] == "add"
            yield Change(label, "" if is_added else listed, listed if is_added else "")
            continue
        old, new = (
            texts.get((str(field), value)) or _show(field, value, names) for value in values
        )
        if old or new:
            yield Change(label, old, new)


def _show(field: models.Field[Any, Any], value: str, names: Names) -> str:
    """Return a stored value as people know it."""
    if value in NOTHING:
        return ""
    if isinstance(field, models.ForeignKey):
        return names.get((field.related_model, value), f"#{value}")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return _("Yes") if value == "True" else _("No")
    if isinstance(field, models.DateTimeField):
        return _show_time(value)
    return Truncator(value).chars(LONGEST_VALUE)


def _show_time(value: str) -> str:
    """Return a stored time, which is without zone in UTC, as the reader's clock shows it."""
    at = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
