"""Talks to one ActiveCampaign account: one method for each question, one value for each answer.

It neither retries nor waits: who sends a million contacts decides that (`limiter.py` keeps the
account's limits). Problems of single contacts are data in the answer; everything else is an
error of `errors.py`.
"""

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from connections.activecampaign import transport
from connections.activecampaign.answers import (
    LONGEST_BATCH_ID,
    Accepted,
    Account,
    Contact,
    ContactList,
    Field,
    ImportResult,
    Membership,
    Queue,
    Refused,
    User,
    read_options,
)
from connections.activecampaign.endpoint import Endpoint
from connections.activecampaign.errors import ConfigError, OutcomeUnknown, PermanentError
from connections.activecampaign.exchange import Exchange
from connections.activecampaign.replies import Reply, failure_of, usable, usable_list
from connections.activecampaign.shapes import a_list, a_text, an_object, maybe_integer

PAGE = 100

_IMPORT = "import/bulk_import"
# A gateway in front of the API gave up waiting: the request itself may have gone through.
_GATEWAY_TIMEOUTS = (504, 524)
# For resources that every account has.
_ALWAYS_THERE = {404: "not_the_api"}


def _at_once() -> None:
    """Wait for nothing."""


class ActiveCampaignClient:
    """One account, reached with one key; several threads may use it at once.

    `timeout` is (seconds to connect, seconds without a byte of the answer).
    """

    def __init__(
        self, endpoint: Endpoint, key: str, *, timeout: tuple[float, float] = (5, 30)
    ) -> None:
        self.endpoint = endpoint
        self._timeout = timeout
        self._exchange = Exchange(endpoint, key, timeout)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint.host!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._exchange.close()

    # The steps of Connect, in their order

    def resolve(self) -> builtins.list[str]:
        """Return the host's addresses; raises "unresolvable" or "private_address"."""
        return transport.resolve(self.endpoint)

    def check_tls(self) -> None:
        """Verify the host's certificate, showing the key to nobody; does nothing for a sandbox."""
        if not self.endpoint.is_sandbox:
            transport.check_tls(self.endpoint.name, self.endpoint.port, self._timeout[0])

    def me(self) -> User:
        """Return whose key it is; raises ConfigError "key_refused" or "not_the_api"."""
        reply = self._exchange.request("GET", "users/me")
        if reply.is_html and (reply.status < 300 or reply.status in (403, 404)):
            raise ConfigError("not_the_api", **reply.facts)
        data = usable(reply, {404: "not_the_api"})
        try:
            return User.read(data)
        except PermanentError:
            raise ConfigError("not_the_api", **reply.facts) from None

    def account(self) -> Account:
        """Return the account's contact limit.

        Raises ConfigError("key_refused") also when the key works, but is not an
        administrator's: then the limit is unknown.
        """
        return Account.read(self._get("settings/account"))

    # Lists and fields

    def lists(self, *, take_turn: Callable[[], object] = _at_once) -> builtins.list[ContactList]:
        """Return all lists the key's user may see; raises ConfigError("lists_forbidden").

        `take_turn` is called before each of its requests: one for each 100.
        """
        pages = self._pages("lists", take_turn)
        return [ContactList.read(entry) for page in pages for entry in page["lists"]]

    def list(self, id: int) -> ContactList:
        """Return one list; raises ConfigError "list_not_found" or "lists_forbidden"."""
        reply = self._exchange.request("GET", f"lists/{int(id)}")
        data = usable_list(reply, missing="list_not_found")
        return ContactList.read(an_object(data, "list").get("list"))

    def fields(self, *, take_turn: Callable[[], object] = _at_once) -> builtins.list[Field]:
        """Return all custom fields; `take_turn` is called before each of its requests."""
        return [
            Field.read(entry, read_options(page))
            for page in self._pages("fields", take_turn)
            for entry in page["fields"]
        ]

    # Sending

    def send(self, body: bytes) -> Accepted | Refused:
        """Ask for a bulk import of an encoded batch (`contacts.encode_batch`).

        All or nothing: when it is refused, nothing of it was queued. Sending the same bytes
        again is an upsert. Raises OutcomeUnknown when it may have been queued.
        """
        reply = self._exchange.request("POST", _IMPORT, body=body)
        if reply.status in _GATEWAY_TIMEOUTS:
            raise OutcomeUnknown("lost_answer", **reply.facts)
        failure = failure_of(reply)
        if reply.status == 413 or (
            reply.status in (400, 422) and isinstance(failure, PermanentError)
        ):
            return Refused.read(reply.data, reply.words or f"HTTP {reply.status}")
        if reply.status >= 300:
            usable(reply, _ALWAYS_THERE)
        return _accepted(reply)

    def import_result(self, batch_id: str) -> ImportResult:
        """Return what is known of a batch; "pending" also when nothing is."""
        reply = self._exchange.request("GET", "import/info", params={"batchId": batch_id})
        return ImportResult.read(False if reply.status == 404 else usable(reply))

    def queue(self) -> Queue:
        """Return how many imports wait in the account, whoever sent them."""
        return Queue.read(self._get(_IMPORT))

    # Reading back

    def contacts(
        self,
        *,
        email: str | None = None,
        list_id: int | None = None,
        status: int | None = None,
    ) -> Iterator[Contact]:
        """Walk the contacts that fit, in the order of their IDs, one request for each 100."""
        last_id = 0
        while page := self.contacts_after(last_id, email=email, list_id=list_id, status=status):
            yield from page
            last_id = page[-1].id

    def contacts_after(
        self,
        last_id: int,
        *,
        email: str | None = None,
        list_id: int | None = None,
        status: int | None = None,
    ) -> tuple[Contact, ...]:
        """Return the next 100 contacts at most that fit and have a greater ID: one request.

        A contact is on a list if it is found with `list_id` and status 1; 2 finds those who
        unsubscribed, 3 those whose address bounced.
        """
        wanted = {"email": email, "listid": list_id, "status": status}
        params = {key: str(value) for key, value in wanted.items() if value is not None}
        params |= {"orders[id]": "ASC", "id_greater": str(last_id), "limit": str(PAGE)}
        entries = _entries(self._get("contacts", params), "contacts")
        contacts = sorted((Contact.read(entry) for entry in entries), key=attrgetter("id"))
        # Or else a server that ignores id_greater would be walked for ever.
        return tuple(contact for contact in contacts if contact.id > last_id)

    def count_contacts(self, *, list_id: int, status: int) -> int:
        """Return how many contacts a list has with a standing; 0 when they don't say."""
        params = {"listid": str(list_id), "status": str(status), "limit": "1"}
        return _total(an_object(self._get("contacts", params), "contacts"), otherwise=0)

    def contact_lists(self, contact_id: int) -> tuple[Membership, ...]:
        """Return the contact's standing on each list it is or was on."""
        data = usable(self._exchange.request("GET", f"contacts/{int(contact_id)}/contactLists"))
        return tuple(Membership.read(entry) for entry in _entries(data, "contactLists"))

    def delete_contact(self, id: int) -> None:
        """Delete one contact from the account."""
        usable(self._exchange.request("DELETE", f"contacts/{int(id)}"))

    # How collections are read

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return usable(self._exchange.request("GET", path, params=params), _ALWAYS_THERE)

    def _pages(self, name: str, take_turn: Callable[[], object]) -> Iterator[dict[str, Any]]:
        """Walk the pages of a collection, up to its total or, without one, to an empty page."""
        seen: set[str] = set()
        while True:
            take_turn()
            params = {"limit": str(PAGE), "offset": str(len(seen))}
            reply = self._exchange.request("GET", name, params=params)
            page = an_object(usable_list(reply, missing="not_the_api"), name)
            ids = {a_text(entry.get("id")) for entry in _entries(page, name)}
            if ids <= seen:  # an empty page, or a server that ignores the offset
                return
            yield page
            seen |= ids
            if len(seen) >= _total(page, otherwise=sys.maxsize):
                return


def _accepted(reply: Reply) -> Accepted:
    answer = reply.data if isinstance(reply.data, dict) else {}
    batch_id = a_text(answer.get("batchId"))
    if not 0 < len(batch_id) <= LONGEST_BATCH_ID:
        raise OutcomeUnknown("lost_answer", **reply.facts)
    return Accepted(batch_id=batch_id, queued=maybe_integer(answer.get("queued_contacts")))


def _entries(data: Any, name: str) -> list[dict[str, Any]]:
    entries = a_list(an_object(data, name).get(name), name)
    return [an_object(entry, name) for entry in entries]


def _total(page: dict[str, Any], *, otherwise: int) -> int:
    meta = page.get("meta")
    total = maybe_integer(meta.get("total")) if isinstance(meta, dict) else None
    return otherwise if total is None else total
