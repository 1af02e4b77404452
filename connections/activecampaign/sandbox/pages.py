"""The pages on which a person sees what arrived: lists, their contacts, and the imports."""

import re
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from connections.activecampaign.sandbox import directory
from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.layout import SECURITY, Number, page, paragraph, table
from connections.activecampaign.sandbox.markup import Html, element
from connections.activecampaign.sandbox.messages import Call, Reply, message
from connections.activecampaign.sandbox.store import iso
from connections.activecampaign.sandbox.texts import Texts, texts_for

CONTACTS_SHOWN = 50
IMPORTS_SHOWN = 100

_STYLES = (Path(__file__).parent / "pages.css").read_bytes()
_ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect y="2" width="16"'
    b' height="12" rx="1" fill="#1b2a4a"/><path d="M1 4l7 5 7-5" fill="none" stroke="#f2c230"'
    b' stroke-width="1.5"/></svg>'
)
_STATUSES = ((1, "active"), (2, "unsubscribed"), (3, "bounced"), (0, "unconfirmed"))


def answer(account: Account, call: Call) -> Reply:
    """Return a page, or what pages are made with."""
    if call.method not in ("GET", "HEAD"):
        return message(405, "Method Not Allowed").with_headers(Allow="GET, HEAD")
    texts = texts_for(call.headers.get("Accept-Language", ""))
    match call.path:
        case "/":
            return _lists(account, texts)
        case "/imports":
            return _imports(account, texts)
        case "/pages.css":
            return Reply(200, _STYLES, "text/css; charset=utf-8", SECURITY)
        case "/icon.svg":
            return Reply(200, _ICON, "image/svg+xml", SECURITY)
    found = re.fullmatch(r"/lists/(\d{1,18})/?", call.path)
    row = account.store.one("SELECT * FROM lists WHERE id = ?", found[1]) if found else None
    if row is None:
        back = element("p", element("a", texts("to_lists"), href="/"))
        return page(texts, texts("not_found"), back, status=404)
    return _contacts(account, call, texts, row)


def _lists(account: Account, texts: Texts) -> Reply:
    counts = {
        (row["list"], row["status"]): row["number"]
        for row in account.store.all(
            "SELECT list, status, count(*) AS number FROM memberships GROUP BY list, status"
        )
    }
    rows = [
        (
            element("a", row["name"], href=f"/lists/{row['id']}"),
            Number(row["id"]),
            *(Number(texts.number(counts.get((row["id"], status), 0))) for status, _ in _STATUSES),
        )
        for row in account.store.all("SELECT * FROM lists ORDER BY name, id")
    ]
    total = account.store.number("SELECT count(*) FROM contacts")
    told = texts(
        "account",
        total=texts.number(total),
        limit=texts.number(account.switches.contact_limit),
        name=account.switches.account_name,
    )
    heads = [texts("list"), texts("list_id"), *(texts(name) for _, name in _STATUSES)]
    shown = table(texts("lists"), heads, rows) if rows else paragraph(texts("no_lists"))
    return page(texts, texts("lists"), paragraph(told), shown, here="/")


def _contacts(account: Account, call: Call, texts: Texts, row: sqlite3.Row) -> Reply:
    search = call.query.get("q", "").strip()
    number = max(call.number("page", 1), 1)
    contacts, total = directory.page_of(
        account.store, row["id"], search, CONTACTS_SHOWN, (number - 1) * CONTACTS_SHOWN
    )
    heading = texts("contacts_of", name=row["name"])
    content = [_search_form(texts, search), paragraph(texts("found", total=texts.number(total)))]
    if contacts:
        content.append(_contacts_table(account, texts, heading, contacts))
    else:
        content.append(paragraph(texts("none_found" if search or total else "no_contacts")))
    content.append(_paging(texts, search, number, -(-total // CONTACTS_SHOWN)))
    return page(texts, heading, *content)


def _contacts_table(
    account: Account, texts: Texts, label: str, contacts: list[dict[str, Any]]
) -> Html:
    fields = account.store.all("SELECT id, title FROM fields ORDER BY id")
    ours = ("email", "first_name", "last_name", "phone", "company", "status")
    heads = [
        *(texts(name) for name in ours),
        *(field["title"] for field in fields),
        *(texts(name) for name in ("tags", "automations", "updated", "id")),
    ]
    rows = (
        (
            contact["email"],
            contact["first_name"],
            contact["last_name"],
            contact["phone"],
            contact["account_name"],
            texts(f"is_{contact['status']}"),
            *(contact["fields"].get(field["id"], "") for field in fields),
            ", ".join(contact["tags"]),
            Number(texts.number(contact["automations"])),
            _time(contact["updated_at"]),
            Number(contact["id"]),
        )
        for contact in contacts
    )
    return table(label, heads, rows)


def _search_form(texts: Texts, search: str) -> Html:
    return element(
        "form",
        element("label", texts("search_in"), for_="search"),
        element("input", id="search", name="q", type="search", value=search),
        element("button", texts("search"), type="submit"),
        method="get",
        role="search",
    )


def _paging(texts: Texts, search: str, number: int, pages: int) -> Html:
    if pages <= 1 and number == 1:
        return Html("")
    links = [paragraph(texts("page_of", page=texts.number(number), pages=texts.number(pages)))]
    for other, name in ((number - 1, "previous"), (number + 1, "next")):
        if 1 <= other <= pages:
            query = urlencode({"q": search, "page": other} if search else {"page": other})
            links.append(element("a", texts(name), href=f"?{query}"))
    return element("nav", *links, class_="paging", aria_label=texts("paging"))


def _imports(account: Account, texts: Texts) -> Reply:
    rows = account.store.all(
        "SELECT received_at, batch_id, contacts, state, json_array_length(created) AS created,"
        " json_array_length(failed) AS failed, skipped, automations"
        " FROM imports ORDER BY id DESC LIMIT ?",
        IMPORTS_SHOWN,
    )
    heading = texts("recent_imports")
    if not rows:
        return page(texts, heading, paragraph(texts("no_imports")), here="/imports")
    counted = ("contacts", "created", "failed", "skipped", "automations")
    heads = ("received", "batch", "state", "contacts", "created", "in_failure", "skipped")
    lines = (
        (
            _time(row["received_at"]),
            element("code", row["batch_id"]),
            texts(row["state"]),
            *(Number(texts.number(row[name])) for name in counted),
        )
        for row in rows
    )
    total = account.store.number("SELECT count(*) FROM imports")
    told = texts("imports_told", shown=texts.number(len(rows)), total=texts.number(total))
    names = [texts(name) for name in (*heads, "automations")]
    return page(texts, heading, paragraph(told), table(heading, names, lines), here="/imports")


def _time(seconds: float) -> Html:
    text = iso(seconds)
    return element("time", text[:19].replace("T", " ") + " UTC", datetime=text)
