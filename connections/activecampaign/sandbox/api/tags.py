"""tags and contactTags."""

import time

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.messages import Call, Reply, error, json_reply, not_found
from connections.activecampaign.sandbox.store import iso


def create(account: Account, user: User, call: Call) -> Reply:
    """POST /tags"""
    given = call.nested("tag")
    name, now = str(given.get("tag") or ""), time.time()
    if not name:
        return error(422, "Unprocessable Entity", "Missing attribute")
    data = {
        "tag": name,
        "description": str(given.get("description") or ""),
        "tagType": str(given.get("tagType") or "contact"),
        "cdate": iso(now),
    }
    account.store.run(
        "INSERT OR IGNORE INTO tags (tag, type, description, created_at) VALUES (?, ?, ?, ?)",
        name,
        data["tagType"],
        data["description"],
        now,
    )
    id = account.store.number("SELECT id FROM tags WHERE tag = ?", name)
    return json_reply(201, {"tag": {**data, "id": str(id)}})


def attach(account: Account, user: User, call: Call) -> Reply:
    """POST /contactTags"""
    given = call.nested("contactTag")
    if not given.get("contact") or not given.get("tag"):
        return error(422, "Unprocessable Entity", "Missing attribute")
    contact = account.store.number("SELECT id FROM contacts WHERE id = ?", given["contact"])
    tag = account.store.number("SELECT id FROM tags WHERE id = ?", given["tag"])
    if not contact or not tag:
        return error(404, "Not Found", "Contact not found" if not contact else "Tag not found")
    account.store.run(
        "INSERT OR IGNORE INTO contact_tags (contact, tag) VALUES (?, ?)", contact, tag
    )
    id = account.store.number(
        "SELECT id FROM contact_tags WHERE contact = ? AND tag = ?", contact, tag
    )
    data = {"contact": str(contact), "tag": str(tag), "id": str(id)}
    return json_reply(201, {"contactTag": data})


def detach(account: Account, user: User, call: Call, id: str) -> Reply:
    """DELETE /contactTags/{id}"""
    if not account.store.run("DELETE FROM contact_tags WHERE id = ?", id):
        return not_found("ContactTag", id)
    return json_reply(200, {})
