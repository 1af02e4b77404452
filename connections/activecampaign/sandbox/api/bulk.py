"""import/bulk_import and import/info: all or nothing at the door, the result later."""

import re
import time
from collections.abc import Iterator
from typing import Any

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.imports import import_info, queue_import
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply

MOST_CONTACTS = 250
SEVEN_DAYS = 7 * 24 * 3600
NOT_VALID = (
    "JSON payload did not pass validation. Please fix failure Reasons and retry."
    " The import was not queued for processing."
)
BAD_ADDRESS = "Field‘ email’ incorrect format"
NO_ADDRESS = "Field 'email' not found"

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}")
_TEXTS = ("first_name", "last_name", "phone", "customer_acct_name")


def send(account: Account, user: User, call: Call) -> Reply:
    """POST /import/bulk_import"""
    reason = _fault_of_request(account, call)
    if reason is not None:
        return _refused([reason])
    contacts = call.json["contacts"]
    numbered = list(_faults_of_contacts(contacts, account.switches.numbering_from))
    if numbered:
        return _refused(numbered)
    unknown = _unknown_id(account, contacts)
    if unknown is not None:
        return _refused([unknown])
    batch_id = queue_import(account, call.body, len(contacts))
    return json_reply(
        200,
        {
            account.switches.success_key: 1,
            "queued_contacts": len(contacts) + account.switches.queued_offset,
            "batchId": account.switches.batch_id_prefix + batch_id,
            "message": "Contact import queued",
        },
    )


def contacts_in(call: Call) -> int:
    """Return how many contacts a bulk import has, as far as it can be read."""
    contacts = call.json.get("contacts") if isinstance(call.json, dict) else None
    return len(contacts) if isinstance(contacts, list) else 0


def info(account: Account, user: User, call: Call) -> Reply:
    """GET /import/info"""
    batch_id = call.query.get("batchId")
    if not batch_id:
        return json_reply(400, {"success": 0, "message": "'batchId' is a required field."})
    return json_reply(200, import_info(account, batch_id, time.time()))


def totals(account: Account, user: User, call: Call) -> Reply:
    """GET /import/bulk_import"""
    sql = """
        SELECT date(received_at, 'unixepoch') AS day, count(*) AS batches, sum(contacts) AS contacts
        FROM imports WHERE {} GROUP BY day ORDER BY day
    """
    outstanding = account.store.all(sql.format("done_at IS NULL"))
    completed = account.store.all(sql.format("done_at > ?"), time.time() - SEVEN_DAYS)
    return json_reply(
        200,
        {
            "outstanding": [_day(row) for row in outstanding],
            "recentlyCompleted": [_day(row) for row in completed],
        },
    )


def _day(row: Any) -> dict[str, str]:
    return {
        "forDate": row["day"],
        "batches": str(row["batches"]),
        "contacts": str(row["contacts"]),
    }


def _refused(reasons: list[Any]) -> Reply:
    return json_reply(400, {"success": 0, "message": NOT_VALID, "failureReasons": reasons})


def _fault_of_request(account: Account, call: Call) -> str | None:
    """Return what is wrong with the request as a whole."""
    if len(call.body) >= account.switches.max_bytes:
        return f"The request must be smaller than {account.switches.max_bytes} bytes."
    if not isinstance(call.json, dict):
        return "The request is not valid JSON."
    contacts = call.json.get("contacts")
    if not isinstance(contacts, list) or not contacts:
        return "Field 'contacts' not found"
    if len(contacts) > MOST_CONTACTS:
        return f"Up to {MOST_CONTACTS} contacts may be imported per request."
    return _fault_of_callback(call.json.get("callback"))


def _fault_of_callback(callback: Any) -> str | None:
    if callback is None:
        return None
    if not isinstance(callback, dict) or not callback.get("url"):
        return "Field 'callback.url' not found"
    if callback.get("requestType") not in ("GET", "POST"):
        return "Field 'callback.requestType' must be GET or POST"
    return None


def _faults_of_contacts(contacts: list[Any], numbering_from: int) -> Iterator[dict[str, Any]]:
    for number, contact in enumerate(contacts, start=numbering_from):
        reason = _fault_of_contact(contact)
        if reason is not None:
            yield {"contact": number, "failureReason": reason}


def _fault_of_contact(contact: Any) -> str | None:
    if not isinstance(contact, dict):
        return "The contact is not an object"
    email = contact.get("email")
    if not email:
        return NO_ADDRESS
    if not isinstance(email, str) or not is_address(email):
        return BAD_ADDRESS
    for key in _TEXTS:
        if not isinstance(contact.get(key, ""), str):
            return f"Field '{key}' incorrect format"
    return _fault_of_parts(contact)


def _fault_of_parts(contact: dict[str, Any]) -> str | None:
    for key, needed in (("subscribe", "listid"), ("unsubscribe", "listid"), ("fields", "id")):
        entries = contact.get(key, [])
        if not isinstance(entries, list):
            return f"Field '{key}' incorrect format"
        for entry in entries:
            if not isinstance(entry, dict) or not _is_id(entry.get(needed)):
                return f"Field '{key}.{needed}' incorrect format"
            if key == "fields" and not isinstance(entry.get("value"), str):
                return "Field 'fields.value' incorrect format"
    tags = contact.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return "Field 'tags' incorrect format"
    return None


def is_address(text: str) -> bool:
    """Tell whether this is an address that ActiveCampaign would take."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text.strip()) is not None


def _is_id(value: Any) -> bool:
    """IDs are declared as strings and exemplified as integers: both are taken."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (
        isinstance(value, str) and value.isascii() and value.isdigit()
    )


def _unknown_id(account: Account, contacts: list[dict[str, Any]]) -> str | None:
    lists = {
        int(entry["listid"])
        for contact in contacts
        for key in ("subscribe", "unsubscribe")
        for entry in contact.get(key, ())
    }
    fields = {int(entry["id"]) for contact in contacts for entry in contact.get("fields", ())}
    for id in sorted(lists - {row["id"] for row in account.store.all("SELECT id FROM lists")}):
        return f"List {id} does not exist."
    for id in sorted(fields - {row["id"] for row in account.store.all("SELECT id FROM fields")}):
        return f"Field {id} does not exist."
    return None
