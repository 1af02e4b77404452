"""contacts, contact/sync and contactLists: single ones."""

import sqlite3
import time
from typing import Any

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.api.bulk import is_address
from connections.activecampaign.sandbox.messages import (
    Call,
    Reply,
    error,
    json_reply,
    message,
    not_found,
)
from connections.activecampaign.sandbox.store import Store, iso

# The API's names of what a contact has, and ours
_COLUMNS = {"email": "email", "firstName": "first_name", "lastName": "last_name", "phone": "phone"}
_EMAIL_POINTER = {"pointer": "/data/attributes/email"}


def create(account: Account, user: User, call: Call) -> Reply:
    """POST /contacts"""
    given = call.nested("contact")
    refusal = _refusal_of(given.get("email"))
    if refusal is not None:
        return refusal
    if _by_address(account.store, given["email"]) is not None:
        problem = {
            "title": "Email address already exists in the system",
            "detail": "",
            "code": "duplicate",
            "source": _EMAIL_POINTER,
        }
        return json_reply(422, {"errors": [problem]})
    return _saved(account, _insert(account, given), given, status=201)


def sync(account: Account, user: User, call: Call) -> Reply:
    """POST /contact/sync: create or update by address; keys left out are preserved"""
    given = call.nested("contact")
    if not given.get("email"):
        return error(400, "Bad Request", "Contact email must be provided for sync")
    refusal = _refusal_of(given["email"])
    if refusal is not None:
        return refusal
    known = _by_address(account.store, given["email"])
    if known is None:
        return _saved(account, _insert(account, given), given, status=201)
    _update(account.store, known["id"], given)
    return _saved(account, known["id"], given, status=200)


def one(account: Account, user: User, call: Call, id: str) -> Reply:
    """GET /contacts/{id}"""
    row = account.store.one("SELECT * FROM contacts WHERE id = ?", id)
    if row is None:
        return not_found("Subscriber", id)
    data = {
        "contactLists": _memberships(account.store, id),
        "fieldValues": _field_values(account.store, id),
        "contact": contact_json(row),
    }
    return json_reply(200, data)


def lists_of(account: Account, user: User, call: Call, id: str) -> Reply:
    """GET /contacts/{id}/contactLists"""
    if account.store.one("SELECT 1 FROM contacts WHERE id = ?", id) is None:
        return not_found("Subscriber", id)
    return json_reply(200, {"contactLists": _memberships(account.store, id)})


def change(account: Account, user: User, call: Call, id: str) -> Reply:
    """PUT /contacts/{id}"""
    given = call.nested("contact")
    if account.store.one("SELECT 1 FROM contacts WHERE id = ?", id) is None:
        return not_found("Subscriber", id)
    refusal = _refusal_of(given["email"]) if "email" in given else None
    if refusal is not None:
        return refusal
    _update(account.store, int(id), given)
    return _saved(account, int(id), given, status=200)


def delete(account: Account, user: User, call: Call, id: str) -> Reply:
    """DELETE /contacts/{id}"""
    if not account.store.run("DELETE FROM contacts WHERE id = ?", id):
        return message(404, f"No result found for contact with id {id}")
    return json_reply(200, {})


def subscribe(account: Account, user: User, call: Call) -> Reply:
    """POST /contactLists: the one call that subscribes again who had unsubscribed"""
    given = call.nested("contactList")
    contact = account.store.one("SELECT * FROM contacts WHERE id = ?", given.get("contact"))
    known = account.store.one("SELECT id FROM lists WHERE id = ?", given.get("list"))
    if contact is None:
        return not_found("Subscriber", str(given.get("contact")))
    if known is None:
        return not_found("_List", str(given.get("list")))
    status = str(given.get("status"))
    if status not in ("0", "1", "2", "3"):
        return error(422, "Unprocessable Entity", "status must be between 0 and 3")
    account.store.run(
        "INSERT INTO memberships (contact, list, status) VALUES (?, ?, ?)"
        " ON CONFLICT (contact, list) DO UPDATE SET status = excluded.status",
        contact["id"],
        known["id"],
        int(status),
    )
    id = account.store.number(
        "SELECT id FROM memberships WHERE contact = ? AND list = ?", contact["id"], known["id"]
    )
    data = {
        "contact": str(contact["id"]),
        "list": str(known["id"]),
        "status": int(status),
        "sourceid": str(given.get("sourceid", "3")),
        "id": str(id),
    }
    return json_reply(200, {"contacts": [contact_json(contact)], "contactList": data})


def _refusal_of(email: Any) -> Reply | None:
    if isinstance(email, str) and is_address(email):
        return None
    problem = {
        "title": "Contact Email Address is not valid.",
        "code": "email_invalid",
        "error": "must_be_valid_email_address",
        "source": _EMAIL_POINTER,
    }
    return json_reply(422, {"errors": [problem]})


def _by_address(store: Store, email: str) -> sqlite3.Row | None:
    return store.one("SELECT * FROM contacts WHERE address = ?", email.strip().lower())


def _insert(account: Account, given: dict[str, Any]) -> int:
    now = time.time()
    columns = {ours: str(given[theirs]) for theirs, ours in _COLUMNS.items() if given.get(theirs)}
    return account.store.insert(
        "contacts",
        **columns,
        address=given["email"].strip().lower(),
        created_at=now,
        updated_at=now,
    )


def _update(store: Store, id: int, given: dict[str, Any]) -> None:
    columns = {ours: str(given[theirs]) for theirs, ours in _COLUMNS.items() if theirs in given}
    if "email" in columns:
        columns["address"] = columns["email"].strip().lower()
    changes = ", ".join(f"{column} = ?" for column in ("updated_at", *columns))
    store.run(
        f"UPDATE contacts SET {changes} WHERE id = ?",
        time.time(),
        *columns.values(),
        id,
    )


def _saved(account: Account, id: int, given: dict[str, Any], *, status: int) -> Reply:
    """Store the field values of `given`, and return the contact as it is now."""
    values = [entry for entry in given.get("fieldValues") or () if isinstance(entry, dict)]
    for entry in values:
        account.store.run(
            "INSERT INTO field_values (contact, field, value)"
            " SELECT ?, id, ? FROM fields WHERE id = ?"
            " ON CONFLICT (contact, field) DO UPDATE SET value = excluded.value",
            id,
            str(entry.get("value", "")),
            entry.get("field"),
        )
    row = account.store.one("SELECT * FROM contacts WHERE id = ?", id)
    data: dict[str, Any] = {"contact": contact_json(row) if row else {}}
    if values:
        stored = _field_values(account.store, id)
        data["fieldValues"] = stored
        data["contact"]["fieldValues"] = [value["id"] for value in stored]
    return json_reply(status, data)


def _memberships(store: Store, id: int | str) -> list[dict[str, str]]:
    rows = store.all("SELECT * FROM memberships WHERE contact = ? ORDER BY id", id)
    return [
        {
            "contact": str(row["contact"]),
            "list": str(row["list"]),
            "status": str(row["status"]),
            "id": str(row["id"]),
        }
        for row in rows
    ]


def _field_values(store: Store, id: int | str) -> list[dict[str, str]]:
    rows = store.all("SELECT * FROM field_values WHERE contact = ? ORDER BY id", id)
    return [
        {
            "contact": str(row["contact"]),
            "field": str(row["field"]),
            "value": row["value"],
            "id": str(row["id"]),
            "owner": str(row["contact"]),
        }
        for row in rows
    ]


def contact_json(row: sqlite3.Row) -> dict[str, Any]:
    """Return a contact as the API shows it."""
    return {
        "cdate": iso(row["created_at"]),
        "email": row["email"],
        "phone": row["phone"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "bounced_hard": "0",
        "bounced_soft": "0",
        "deleted": "0",
        "udate": iso(row["updated_at"]),
        "scoreValues": [],
        "links": {},
        "id": str(row["id"]),
        "organization": None,
    }
