"""Setting up a connection, step by step, until *Save* makes it true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from config.fields import DecryptionError
from connections.connecting import examine
from connections.limits import RATE_FIELDS
from connections.models import Connection, ConnectionDraft, Consent
from connections.privacy import PRIVACY_VERSION
from connections.services import limiter_for_host

LIFETIME = timedelta(days=7)
# What a draft begins with, and hands back as it is.
_SHARED = ("name", "visibility", "host", *RATE_FIELDS)


class DraftGone(Exception):
    """The draft was saved, discarded or deleted for its age meanwhile."""


class Overtaken(Exception):
    """Key or host changed while *Connect* was trying the ones before."""


class Incomplete(Exception):
    """Something is missing; `missing` holds the fields and steps."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class NameTaken(Exception):
    """Another connection has this display name."""


@dataclass(frozen=True)
class Entries:
    """What a form has brought; None where its field was not valid, or the key not typed."""

    name: str | None
    visibility: str | None
    host: str | None
    api_key: str | None
    agreed: bool
    # The rates of the account's contract that are valid; None: what is usual.
    rates: Mapping[str, int | None] = field(default_factory=dict)


def open_draft(*, user: User, connection: Connection | None, now: datetime) -> ConnectionDraft:
    """Return the user's draft of this connection, or of a new one; begin it if there is none."""
    beginning = _beginning(connection) | {"updated_at": now}
    drafts = ConnectionDraft.objects.select_related("user", "connection__export_user")
    draft, begun = drafts.get_or_create(user=user, connection=connection, defaults=beginning)
    if begun:
        return draft
    if not draft.touched:
        _set(draft, **beginning)
    elif not _is_readable(draft):
        _set(draft, api_key="", updated_at=now)
    return draft


@transaction.atomic
def keep(*, draft: ConnectionDraft, entries: Entries, now: datetime) -> ConnectionDraft:
    """Note what was entered; another key or host needs another *Connect*. Raises DraftGone."""
    draft = _locked(draft)
    _keep_agreement(draft, entries, now)
    if _changes_credentials(draft, entries):
        draft.revision += 1
        draft.steps, draft.connected_at = [], None
        draft.account_name = draft.key_owner = ""
    for name in ("name", "visibility", "host", "api_key"):
        if (value := getattr(entries, name)) is not None:
            setattr(draft, name, value)
    for name, rate in entries.rates.items():
        setattr(draft, name, rate)
    draft.touched, draft.updated_at = True, now
    draft.save()
    return draft


def connect(*, draft: ConnectionDraft, now: datetime) -> ConnectionDraft:
    """Try key and host, and note what every step found; takes some seconds.

    Raises Incomplete, and Overtaken when key or host were changed meanwhile.
    """
    if missing := tuple(name for name in ("host", "api_key") if name in missing_in(draft)):
        raise Incomplete(missing)
    found = examine(
        draft, limiter_for_host(draft.host), seconds=settings.ACTIVECAMPAIGN_CONNECT_SECONDS
    )
    same = ConnectionDraft.objects.filter(pk=draft.pk, revision=draft.revision)
    result = {
        "steps": found.as_json(),
        "connected_at": now if found.passed else None,
        "account_name": found.account_name[:255] if found.passed else "",
        "key_owner": found.key_owner[:255] if found.passed else "",
        "updated_at": now,
    }
    if not same.update(**result):
        raise Overtaken
    for name, value in result.items():
        setattr(draft, name, value)
    return draft


@transaction.atomic
def add_export_user(*, draft: ConnectionDraft, now: datetime) -> ConnectionDraft:
    """Make the draft's user the export user; the caller has seen their credentials just now.

    Raises DraftGone, and Incomplete before a *Connect* that passed.
    """
    draft = _locked(draft)
    if draft.connected() is None:
        raise Incomplete(("connect",))
    _set(draft, export_user_at=now, touched=True, updated_at=now)
    return draft


def missing_in(draft: ConnectionDraft) -> tuple[str, ...]:
    """Return the fields and steps that *Save* still needs, in the order of the form."""
    needs = {
        "name": bool(draft.name),
        "api_key": draft.has_key(),
        "host": bool(draft.host),
        "agreed": draft.is_agreed(),
        "connect": draft.connected() is not None,
        "export_user": draft.export_user() is not None,
    }
    return tuple(name for name, is_there in needs.items() if not is_there)


def consent_in_force(draft: ConnectionDraft) -> Consent | None:
    """Return the recorded consent that covers what is entered; then nobody need agree again."""
    saved = draft.connection
    if saved is None or saved.host != draft.host:
        return None
    consents = saved.consents.filter(version=PRIVACY_VERSION, host=saved.host)
    return consents.select_related("user").order_by("agreed_at").last()


@transaction.atomic
def save_connection(*, draft: ConnectionDraft, version: int, now: datetime) -> Connection:
    """Make the draft true, and delete it; `version` is the connection's that the person saw.

    Raises DraftGone, Incomplete, NameTaken, and ChangedMeanwhile when somebody else has saved
    the connection since.
    """
    draft = _locked(draft)
    if missing := missing_in(draft):
        raise Incomplete(missing)
    connection = draft.connection or Connection()
    if connection.pk is not None:
        connection.claim_version(version)
    kept_host = connection.pk is not None and draft.host == connection.host
    agreed_anew = not (kept_host and connection.is_consented())
    _transfer(draft, connection, now)
    try:
        with transaction.atomic():
            connection.author(draft.user, now).save()
    except IntegrityError:
        raise NameTaken(draft.name) from None
    if agreed_anew:
        _record_consent(draft, connection, now)
    draft.delete()
    return connection


def discard(*, draft: ConnectionDraft) -> None:
    """Forget what was entered, the key too."""
    ConnectionDraft.objects.filter(pk=draft.pk).delete()


def delete_old_drafts(now: datetime) -> int:
    """Delete the drafts that nobody has touched for seven days, and return how many."""
    return ConnectionDraft.objects.filter(updated_at__lt=now - LIFETIME).delete()[0]


def _beginning(connection: Connection | None) -> dict[str, Any]:
    if connection is None:
        return {}
    same = {name: getattr(connection, name) for name in _SHARED}
    return same | {"base_version": connection.version}


def _set(draft: ConnectionDraft, **values: Any) -> None:
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(values))


def _is_readable(draft: ConnectionDraft) -> bool:
    try:
        _ = draft.api_key
    except DecryptionError:
        return False
    return True


def _locked(draft: ConnectionDraft) -> ConnectionDraft:
    rows = ConnectionDraft.objects.select_for_update(of=("self",))
    try:
        return rows.select_related("user", "connection__export_user").get(pk=draft.pk)
    except ConnectionDraft.DoesNotExist:
        raise DraftGone from None


def _changes_credentials(draft: ConnectionDraft, entries: Entries) -> bool:
    # The page sends what was typed when the field is left, and again with *Connect*: whichever
    # arrives last must not undo the other, so the same key is no change.
    other_key = bool(entries.api_key) and entries.api_key != draft.api_key
    return other_key or entries.host not in (None, draft.host)


def _keep_agreement(draft: ConnectionDraft, entries: Entries, now: datetime) -> None:
    """Note the tick for the host it was set for: a tick for the host before is none for this."""
    host = draft.host if entries.host is None else entries.host
    if not entries.agreed or (draft.agreed_host and draft.agreed_host != host):
        draft.agreed_version, draft.agreed_host, draft.agreed_at = "", "", None
    elif not draft.agreed_version or draft.agreed_host != host:
        draft.agreed_version, draft.agreed_host, draft.agreed_at = PRIVACY_VERSION, host, now


def _transfer(draft: ConnectionDraft, connection: Connection, now: datetime) -> None:
    for name in _SHARED:
        setattr(connection, name, getattr(draft, name))
    if draft.api_key:
        connection.api_key, connection.key_changed_at = draft.api_key, now
    if draft.connected_at is not None:
        connection.account_name, connection.key_owner = draft.account_name, draft.key_owner
        connection.connected_at = draft.connected_at
        connection.failing, connection.failing_since = None, None
    if draft.export_user_at is not None:
        connection.export_user, connection.export_user_at = draft.user, draft.export_user_at


def _record_consent(draft: ConnectionDraft, connection: Connection, now: datetime) -> None:
    Consent.objects.create(
        connection=connection,
        connection_name=connection.name,
        version=draft.agreed_version,
        host=draft.agreed_host,
        user=draft.user,
        user_email=draft.user.email,
        agreed_at=draft.agreed_at or now,
    )
