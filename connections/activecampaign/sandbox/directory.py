"""Everything that is stored of contacts, for those who set the sandbox up or look into it."""

import sqlite3
from typing import Any

from connections.activecampaign.sandbox.store import Store, placeholders

_CONTACTS = """
SELECT contacts.*, memberships.status FROM contacts
JOIN memberships ON memberships.contact = contacts.id
WHERE memberships.list = ?
"""
_TEXT = "lower(address || ' ' || first_name || ' ' || last_name || ' ' || phone || account_name)"
# SQLite takes 32,766 values in one statement.
_AT_ONCE = 10_000


def contacts_on(store: Store, list_id: int, status: int | None) -> list[dict[str, Any]]:
    """Return the contacts of a list, of one status if given, in the order of their IDs."""
    test, values = ("", (list_id,)) if status is None else (" AND status = ?", (list_id, status))
    return _complete(store, store.all(f"{_CONTACTS}{test} ORDER BY contacts.id", *values))


def page_of(
    store: Store, list_id: int, search: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Return one page of a list's contacts in which `search` occurs, and the number of all.

    By standing and ID, which is the order of an index: a list may have a million.
    """
    test = f" AND instr({_TEXT}, ?) > 0" if search else ""
    values = (list_id, search.lower()) if search else (list_id,)
    order = "ORDER BY memberships.status, memberships.contact LIMIT ? OFFSET ?"
    rows = store.all(f"{_CONTACTS}{test} {order}", *values, limit, offset)
    total = store.number(f"SELECT count(*) FROM ({_CONTACTS}{test})", *values)
    return _complete(store, rows), total


def contact(store: Store, email: str) -> dict[str, Any] | None:
    """Return one contact, with its status on each list under "lists"."""
    row = store.one("SELECT * FROM contacts WHERE address = ?", email.lower())
    if row is None:
        return None
    lists = store.all("SELECT list, status FROM memberships WHERE contact = ?", row["id"])
    return _complete(store, [row])[0] | {"lists": {one["list"]: one["status"] for one in lists}}


def _complete(store: Store, rows: list[sqlite3.Row]) -> list[dict[str, Any]]:
    """Add to each contact its field values, by field ID, and its tags."""
    contacts = {row["id"]: {**dict(row), "fields": {}, "tags": []} for row in rows}
    ids = list(contacts)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        marks = placeholders(some)
        for value in store.all(
            f"SELECT contact, field, value FROM field_values WHERE contact IN ({marks})",
            *some,
        ):
            contacts[value["contact"]]["fields"][value["field"]] = value["value"]
        for tag in store.all(
            "SELECT contact, tags.tag FROM contact_tags JOIN tags ON tags.id = contact_tags.tag"
            f" WHERE contact IN ({marks}) ORDER BY tags.tag",
            *some,
        ):
            contacts[tag["contact"]]["tags"].append(tag["tag"])
    return list(contacts.values())
