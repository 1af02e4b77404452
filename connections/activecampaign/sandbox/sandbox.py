"""The sandbox as an object: start it, set up its account, look at what arrived."""

import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connections.activecampaign.answers import Status
from connections.activecampaign.sandbox import control, directory
from connections.activecampaign.sandbox.account import ADMIN_GROUP, Account
from connections.activecampaign.sandbox.api.fields import TYPES
from connections.activecampaign.sandbox.faults import Faults
from connections.activecampaign.sandbox.imports import Importer
from connections.activecampaign.sandbox.log import RequestLog
from connections.activecampaign.sandbox.server import SandboxServer
from connections.activecampaign.sandbox.switches import Switches

ALL_GROUPS = (ADMIN_GROUP, ADMIN_GROUP + 1)


class Sandbox:
    """A local ActiveCampaign account, served from a thread.

        with Sandbox(limits=False) as sandbox:
            newsletter = sandbox.add_list("Newsletter")
            ...  # send to sandbox.host with sandbox.key
            assert "anna@example.com" in sandbox.contacts_on(newsletter)

    `data` is a file that outlives the sandbox; without one, everything is in memory. Any
    switch may be given by name.
    """

    def __init__(
        self,
        *,
        key: str = "sandbox-key",
        bind: str = "127.0.0.1",
        port: int = 0,
        data: Path | None = None,
        seed: int = 0,
        **switches: Any,
    ) -> None:
        self.key = key
        chosen = Switches()
        chosen.change(switches)
        self.account = Account(data, chosen, seed)
        self.account.add_user(key, admin=True, sees_lists=True)
        self._server = SandboxServer((bind, port), self.account)
        self._importer = Importer(self.account)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="sandbox-server",
            daemon=True,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer and to import."""
        self._importer.start()
        self._thread.start()

    def stop(self) -> None:
        """Close every connection; imports that were not carried out stay in the data file."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._importer.stop()
        self.account.store.close()

    @property
    def host(self) -> str:
        """ "127.0.0.1:PORT", as `Endpoint` takes it"""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    @property
    def url(self) -> str:
        """The address of the page that shows what arrived."""
        return f"http://{self.host}"

    @property
    def switches(self) -> Switches:
        return self.account.switches

    @property
    def faults(self) -> Faults:
        return self.account.faults

    @property
    def log(self) -> RequestLog:
        return self.account.log

    # Setting up

    def add_user(self, key: str, *, admin: bool = False, sees_lists: bool = True) -> None:
        """Let one more key in."""
        self.account.add_user(key, admin=admin, sees_lists=sees_lists)

    def revoke(self, key: str) -> None:
        """Let a key in no longer."""
        self.account.revoke(key)

    def add_list(self, name: str, *, id: int | None = None) -> int:
        """Add a list that every group may see; return its ID."""
        store = self.account.store
        chosen = {} if id is None else {"id": id}
        stringid = name.lower().replace(" ", "-")
        number = store.insert(
            "lists", name=name, stringid=stringid, created_at=time.time(), **chosen
        )
        for group in ALL_GROUPS:
            store.insert("list_groups", list=number, user_group=group)
        return number

    def ensure_list(self, name: str) -> int:
        """Return the ID of the list of this name, which is added unless it exists."""
        row = self.account.store.one("SELECT id FROM lists WHERE name = ?", name)
        return self.add_list(name) if row is None else int(row["id"])

    def remove_list(self, id: int) -> None:
        """Remove a list, and everybody from it."""
        self.account.store.run("DELETE FROM lists WHERE id = ?", id)

    def add_field(self, title: str, type: str = "text", options: Iterable[str] = ()) -> int:
        """Add a custom field; return its ID."""
        if type not in TYPES:
            raise ValueError(f"There is no field type {type!r}; there are {TYPES}.")
        tag = title.upper().replace(" ", "_")
        id = self.account.store.insert("fields", title=title, type=type, perstag=tag)
        for value in options:
            self.account.store.insert("field_options", field=id, value=value)
        return id

    def ensure_field(self, title: str, type: str = "text", options: Iterable[str] = ()) -> int:
        """Return the ID of the field of this title, which is added unless it exists."""
        row = self.account.store.one("SELECT id FROM fields WHERE title = ?", title)
        return self.add_field(title, type, options) if row is None else int(row["id"])

    def add_contact(
        self,
        email: str,
        *,
        lists: Iterable[int] = (),
        status: int = Status.ACTIVE,
        fields: Mapping[int, str] | None = None,
        **values: str,
    ) -> int:
        """Add a contact, on the given lists; `values` are first_name, last_name and so on."""
        now = time.time()
        id = self.account.store.insert(
            "contacts", email=email, address=email.lower(), created_at=now, updated_at=now, **values
        )
        for number in lists:
            self.account.store.insert("memberships", contact=id, list=number, status=status)
        for number, value in (fields or {}).items():
            self.account.store.insert("field_values", contact=id, field=number, value=value)
        return id

    def unsubscribe(self, email: str, list_id: int) -> None:
        """Have a contact opt out of a list, as with the link in a message."""
        self._set_status(email, list_id, Status.UNSUBSCRIBED)

    def subscribe_again(self, email: str, list_id: int) -> None:
        """Have a contact subscribe to a list again, as with its form."""
        self._set_status(email, list_id, Status.ACTIVE)

    def bounce(self, email: str) -> None:
        """Have an address bounce: everywhere, and for bulk imports to come."""
        self.account.store.run(
            "UPDATE memberships SET status = ? WHERE contact IN"
            " (SELECT id FROM contacts WHERE address = ?)",
            Status.BOUNCED,
            email.lower(),
        )
        self._block(email, "bounced")

    def exclude(self, email: str) -> None:
        """Put an address on the account's exclusion list."""
        self._block(email, "excluded")

    def reset(self) -> None:
        """Empty the account, but for its lists and fields, and have it behave as at first."""
        control.reset(self.account)

    # Looking at what arrived

    def contacts_on(
        self, list_id: int, status: int | None = Status.ACTIVE
    ) -> dict[str, dict[str, Any]]:
        """Return the contacts of a list with all that is stored of each, by address.

        Only those with this status; all who are or were on the list with None.
        """
        rows = directory.contacts_on(self.account.store, list_id, status)
        return {row["address"]: row for row in rows}

    def contact(self, email: str) -> dict[str, Any] | None:
        """Return all that is stored of one contact."""
        return directory.contact(self.account.store, email)

    def count_on(self, list_id: int, status: int = Status.ACTIVE) -> int:
        """Return how many contacts a list has."""
        return self.account.store.number(
            "SELECT count(*) FROM memberships WHERE list = ? AND status = ?", list_id, status
        )

    def automations(self) -> int:
        """Return how often a contact entered automations."""
        return self.account.store.number("SELECT sum(automations) FROM imports")

    def wait_until_imported(self, timeout: float = 30.0) -> None:
        """Wait until every queued import was carried out; raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while self.account.store.number("SELECT count(*) FROM imports WHERE done_at IS NULL"):
            if time.monotonic() > deadline:
                raise TimeoutError("Imports are still waiting.")
            time.sleep(0.01)

    def _set_status(self, email: str, list_id: int, status: int) -> None:
        self.account.store.run(
            "INSERT INTO memberships (contact, list, status)"
            " SELECT id, ?, ? FROM contacts WHERE address = ?"
            " ON CONFLICT (contact, list) DO UPDATE SET status = excluded.status",
            list_id,
            status,
            email.lower(),
        )

    def _block(self, email: str, reason: str) -> None:
        self.account.store.run(
            "INSERT OR REPLACE INTO blocked (address, reason) VALUES (?, ?)", email.lower(), reason
        )
