"""Which function answers a request, and what comes before it: faults, key, payment, limits."""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from connections.activecampaign.sandbox import control, pages
from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.api import (
    bulk,
    contacts,
    fields,
    lists,
    search,
    tags,
    users,
)
from connections.activecampaign.sandbox.faults import PAYMENT_DUE, Fault
from connections.activecampaign.sandbox.messages import API_PREFIX, Call, Cut, Reply, message

Endpoint = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    """One endpoint of the API; {id} stands for digits and is handed to the function."""

    method: str
    path: str
    answer: Endpoint

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def match(self, call: Call) -> tuple[str, ...] | None:
        """Return the IDs in the request's path, or None if it is for another route."""
        pattern = API_PREFIX + self.path.replace("{id}", r"(\d{1,18})") + "/?"
        found = re.fullmatch(pattern, call.path) if call.method == self.method else None
        return found.groups() if found else None


BULK_IMPORT = Route("POST", "/import/bulk_import", bulk.send)
ROUTES = (
    BULK_IMPORT,
    Route("GET", "/import/info", bulk.info),
    Route("GET", "/import/bulk_import", bulk.totals),
    Route("GET", "/users/me", users.me),
    Route("GET", "/settings/account", users.settings),
    Route("GET", "/lists", lists.collection),
    Route("POST", "/lists", lists.create),
    Route("GET", "/lists/{id}", lists.one),
    Route("POST", "/listGroups", lists.show_to_group),
    Route("GET", "/fields", fields.collection),
    Route("GET", "/contacts", search.collection),
    Route("POST", "/contacts", contacts.create),
    Route("GET", "/contacts/{id}", contacts.one),
    Route("PUT", "/contacts/{id}", contacts.change),
    Route("DELETE", "/contacts/{id}", contacts.delete),
    Route("GET", "/contacts/{id}/contactLists", contacts.lists_of),
    Route("POST", "/contact/sync", contacts.sync),
    Route("POST", "/contactLists", contacts.subscribe),
    Route("POST", "/tags", tags.create),
    Route("POST", "/contactTags", tags.attach),
    Route("DELETE", "/contactTags/{id}", tags.detach),
)
UNKNOWN = "unknown"


def answer(account: Account, call: Call) -> Reply:
    """Return the answer to any request; raises Cut when there is to be none."""
    if call.path.startswith(control.PREFIX):
        return control.answer(account, call)
    if not call.is_api:
        return pages.answer(account, call)
    route, ids = _find(call)
    name = route.name if route else UNKNOWN
    at, with_cookie = time.time(), "Cookie" in call.headers
    try:
        reply = _with_faults(account, call, route, ids)
    except Cut:
        account.log.add(name, 0, at=at, with_cookie=with_cookie)
        raise
    account.log.add(name, reply.status, at=at, with_cookie=with_cookie)
    if account.switches.escaped_slashes:
        reply = reply.with_escaped_slashes()
    return reply.with_headers(
        X_Request_Id=uuid.uuid4().hex, Set_Cookie=f"PHPSESSID={uuid.uuid4().hex}; path=/"
    )


def _find(call: Call) -> tuple[Route | None, tuple[str, ...]]:
    for route in ROUTES:
        ids = route.match(call)
        if ids is not None:
            return route, ids
    return None, ()


def _with_faults(account: Account, call: Call, route: Route | None, ids: tuple[str, ...]) -> Reply:
    if account.switches.latency:
        time.sleep(account.switches.latency)
    instead: Fault | None = None
    for fault in account.faults.striking(call):
        match fault.kind:
            case "slow":
                time.sleep(fault.seconds)
            case "remove_list":
                account.store.run("DELETE FROM lists WHERE id = ?", fault.list_id)
            case "reset":
                raise Cut
            case _:
                instead = fault
    if instead is None:
        return _without_faults(account, call, route, ids)
    if instead.after or instead.kind == "lost_answer":
        _without_faults(account, call, route, ids)
    if instead.kind == "lost_answer":
        raise Cut
    return instead.reply()


def _without_faults(
    account: Account, call: Call, route: Route | None, ids: tuple[str, ...]
) -> Reply:
    now = time.monotonic()
    user = account.user_of(call.headers.get("Api-Token", ""))
    if user is None:
        return message(403, "Forbidden")
    if account.switches.payment_due:
        return PAYMENT_DUE
    refusal = account.limits.check(bulk_contacts=_bulk_contacts(call, route), now=now)
    if refusal is not None:
        return refusal
    if route is None:
        return message(404, "Not Found")
    reply = route.answer(account, user, call, *ids)
    return reply.with_headers(**account.limits.headers(now))


def _bulk_contacts(call: Call, route: Route | None) -> int | None:
    return bulk.contacts_in(call) if route is BULK_IMPORT else None
