"""Contacts to send, without a plan that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import duckdb

from connections.activecampaign import contacts as bulk
from segments.parquet import literal


class Contact(NamedTuple):
    """One contact to send; `fields` are (field ID, value)."""

    email: str
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    account_name: str = ""
    fields: tuple[tuple[int, str], ...] = ()
    wish: str = "subscribe"


def encode_batch(contacts: Sequence[Contact], *, list_id: int, automations: bool) -> bytes:
    """Return the body that sends contacts, as the real thing encodes them."""
    with duckdb.connect() as db:
        rows = [db.execute(f"SELECT {_sql(contact, list_id)}").fetchone() for contact in contacts]
    return bulk.encode_batch([row[0] for row in rows if row], automations=automations)


def _sql(contact: Contact, list_id: int) -> str:
    values = {name: literal(getattr(contact, name)) for name in Contact._fields[:5]}
    fields = {id: literal(value) for id, value in contact.fields}
    return bulk.contact_sql(values, fields, wish=literal(contact.wish), list_id=list_id)
