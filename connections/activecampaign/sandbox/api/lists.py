"""lists, and listGroups, which let a group of users see a list."""

import sqlite3
import time
from typing import Any

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.api.pages import bounds, meta
from connections.activecampaign.sandbox.messages import (
    Call,
    Reply,
    error,
    json_reply,
    message,
    not_found,
)
from connections.activecampaign.sandbox.store import iso

REQUIRED = ("name", "stringid", "sender_url", "sender_reminder")

_OPERATORS = {
    "filters[name]": "name = ?",
    "filters[name][eq]": "name = ?",
    "filters[name][neq]": "name <> ?",
    "filters[name][contains]": "instr(lower(name), lower(?)) > 0",
    "filters[name][starts]": "instr(lower(name), lower(?)) = 1",
}


def collection(account: Account, user: User, call: Call) -> Reply:
    """GET /lists"""
    if not user.sees_lists:
        return _no_permission(as_text=True)
    chosen = {key: value for key, value in call.query.items() if key in _OPERATORS}
    where = " AND ".join(["user_group = ?", *(_OPERATORS[key] for key in chosen)])
    source = f"FROM lists JOIN list_groups ON list = id WHERE {where}"
    order = "name" if "orders[name]" in call.query else "id"
    direction = "DESC" if call.query.get("orders[name]", "").upper() == "DESC" else "ASC"
    values = (user.group, *chosen.values())
    rows = account.store.all(
        f"SELECT lists.* {source} ORDER BY {order} {direction} LIMIT ? OFFSET ?",
        *values,
        *bounds(call),
    )
    total = account.store.number(f"SELECT count(*) {source}", *values)
    return json_reply(
        200, {"lists": [_list_json(row) for row in rows], "meta": meta(account, total)}
    )


def one(account: Account, user: User, call: Call, id: str) -> Reply:
    """GET /lists/{id}"""
    row = account.store.one("SELECT * FROM lists WHERE id = ?", id)
    if row is None:
        return not_found("_List", id)
    seen = account.store.one(
        "SELECT 1 FROM list_groups WHERE list = ? AND user_group = ?", id, user.group
    )
    if not user.sees_lists or seen is None:
        return _no_permission(as_text=False)
    return json_reply(200, {"list": _list_json(row)})


def create(account: Account, user: User, call: Call) -> Reply:
    """POST /lists: nobody sees the new list before a POST /listGroups"""
    given = call.nested("list")
    missing = [key for key in REQUIRED if not given.get(key)]
    if missing:
        return error(422, "Unprocessable Entity", f"{missing[0]} is required")
    id = account.store.insert(
        "lists", created_at=time.time(), **{key: str(given[key]) for key in REQUIRED}
    )
    row = account.store.one("SELECT * FROM lists WHERE id = ?", id)
    return json_reply(201, {"list": _list_json(row) if row else {}})


def show_to_group(account: Account, user: User, call: Call) -> Reply:
    """POST /listGroups"""
    given = call.nested("listGroup")
    known = account.store.one("SELECT id FROM lists WHERE id = ?", given.get("listid"))
    if not user.is_admin or known is None:
        return message(403, "Forbidden")
    group = int(given.get("groupid") or user.group)
    account.store.run("INSERT OR IGNORE INTO list_groups VALUES (?, ?)", known["id"], group)
    data = {"listid": str(known["id"]), "groupid": str(group), "id": f"{known['id']}{group}"}
    return json_reply(201, {"listGroup": data})


def _no_permission(*, as_text: bool) -> Reply:
    reply = error(403, "Forbidden", "You do not have permission to view lists.")
    return Reply(reply.status, reply.body, "text/plain") if as_text else reply


def _list_json(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "stringid": row["stringid"],
        "name": row["name"],
        "cdate": iso(row["created_at"]),
        "private": "0",
        "userid": "1",
        "sender_url": row["sender_url"],
        "sender_reminder": row["sender_reminder"],
        "links": {},
        "id": str(row["id"]),
        "user": "1",
    }
