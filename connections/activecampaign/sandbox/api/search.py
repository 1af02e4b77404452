"""GET /contacts: finding them, one or a million."""

from dataclasses import dataclass
from typing import Any

from connections.activecampaign.sandbox.account import Account, User
from connections.activecampaign.sandbox.api.contacts import contact_json
from connections.activecampaign.sandbox.api.pages import bounds, meta
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply

_OF_A_LIST = "memberships JOIN contacts ON contacts.id = contact"
_OF_A_STATUS = "contacts.id IN (SELECT contact FROM memberships WHERE status = ?)"
_TAGGED = "contacts.id IN (SELECT contact FROM contact_tags WHERE tag = ?)"
_TEXT = "lower(address || ' ' || first_name || ' ' || last_name || ' ' || phone)"


@dataclass(frozen=True)
class Search:
    """What is asked for, in SQL: the tables for the rows and, if fewer do, for counting them."""

    key: str
    tables: str
    counted: str
    where: str
    values: tuple[Any, ...]


def collection(account: Account, user: User, call: Call) -> Reply:
    """GET /contacts"""
    search = _search(call)
    limit, offset = bounds(call)
    direction = "DESC" if call.query.get("orders[id]", "").upper() == "DESC" else "ASC"
    rows = account.store.all(
        f"SELECT contacts.* FROM {search.tables} WHERE {search.where}"
        f" ORDER BY {search.key} {direction} LIMIT ? OFFSET ?",
        *search.values,
        limit,
        offset,
    )
    total = account.store.number(
        f"SELECT count(*) FROM {search.counted} WHERE {search.where}", *search.values
    )
    page_input = {
        "listid": call.number("listid", 0),
        "tagid": call.number("tagid", 0),
        "limit": limit,
        "offset": offset,
        "search": call.query.get("search"),
        "status": call.number("status", -1),
    }
    return json_reply(
        200,
        {
            "scoreValues": [],
            "contacts": [contact_json(row) for row in rows],
            "meta": meta(account, total, page_input=page_input),
        },
    )


def _search(call: Call) -> Search:
    """Return the search; a list is walked along its index, since it may have a million."""
    list_id, status = call.number("listid", 0), call.number("status", -1)
    of_contact = _tests(call)
    of_standing: list[tuple[str, Any]] = []
    tables = counted = "contacts"
    if list_id:
        tables, counted = _OF_A_LIST, _OF_A_LIST if of_contact else "memberships"
        of_standing.append(("list = ?", list_id))
    if status >= 0:
        of_standing.append(("status = ?" if list_id else _OF_A_STATUS, status))
    key = "contact" if list_id else "contacts.id"
    tests = [*of_contact, *of_standing, (f"{key} > ?", call.number("id_greater", 0))]
    where = " AND ".join(test for test, _ in tests)
    return Search(key, tables, counted, where, tuple(value for _, value in tests))


def _tests(call: Call) -> list[tuple[str, Any]]:
    """Return the tests of the contact itself, each with its value."""
    tests = [
        ("address = ?", call.query.get("email", "").strip().lower()),
        ("instr(address, ?) > 0", call.query.get("email_like", "").lower()),
        (f"instr({_TEXT}, ?) > 0", call.query.get("search", "").lower()),
        (_TAGGED, call.number("tagid", 0)),
    ]
    return [(test, value) for test, value in tests if value]
