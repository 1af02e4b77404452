"""The queue of bulk imports: taken at once, carried out later, in any order."""

import random
import sqlite3
import threading
import time
import uuid
from typing import Any

import orjson

from connections.activecampaign.sandbox.account import Account
from connections.activecampaign.sandbox.faults import Fault
from connections.activecampaign.sandbox.importing import Contacts, Outcome, by_address, carry_out

# Imports in one transaction: enough to be fast, few enough that nobody waits long for the store.
AT_ONCE = 8
LONGEST_NAP = 0.5


def queue_import(account: Account, body: bytes, contacts: int) -> str:
    """Queue a validated request and return its batch ID."""
    batch_id = str(uuid.uuid4())
    now = time.time()
    # Uneven delays, so that imports overtake each other.
    delay = account.switches.processing_seconds * random.uniform(0.5, 1.5)  # noqa: S311
    account.store.insert(
        "imports",
        batch_id=batch_id,
        contacts=contacts,
        received_at=now,
        ready_at=now + delay,
        body=body,
    )
    account.import_queued.set()
    return batch_id


class Importer:
    """Carries out the imports of an account in the background."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="sandbox-importer", daemon=True)

    def start(self) -> None:
        """Begin; what a file still holds from an earlier sandbox comes first."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way and leave the rest in the store."""
        self._stopping = True
        self._account.import_queued.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping:
            self._account.import_queued.clear()
            if not self._carry_out_some():
                self._account.import_queued.wait(self._nap())

    def _nap(self) -> float:
        row = self._account.store.one("SELECT min(ready_at) FROM imports WHERE done_at IS NULL")
        if row is None or row[0] is None:
            return LONGEST_NAP
        return float(min(LONGEST_NAP, max(0.001, row[0] - time.time())))

    def _carry_out_some(self) -> bool:
        with self._account.store.transaction() as db:
            due = db.execute(
                "SELECT id, body FROM imports WHERE done_at IS NULL AND ready_at <= ?"
                " ORDER BY ready_at LIMIT ?",
                (time.time(), AT_ONCE),
            ).fetchall()
            for row in due:
                self._carry_out(db, row)
        return bool(due)

    def _carry_out(self, db: sqlite3.Connection, row: sqlite3.Row) -> None:
        payload = orjson.loads(row["body"])
        faults = self._account.faults.striking_import()
        contacts, failed = self._spare(by_address(payload["contacts"]), faults)
        kinds = {fault.kind for fault in faults}
        state = "completed"
        if "import_failed" in kinds:
            state, contacts, failed = "failed", {}, []
        elif "import_interrupted" in kinds:
            state, contacts = "interrupted", _first_half(contacts)
        outcome = carry_out(db, payload, contacts, self._account.switches)
        outcome.failed += failed
        _finish(db, row["id"], state, outcome)

    def _spare(self, contacts: Contacts, faults: list[Fault]) -> tuple[Contacts, list[str]]:
        """Part the contacts that are to fail from the rest."""
        failing = [fault for fault in faults if fault.kind == "fail_contacts"]
        seed = self._account.faults.seed
        failed = {
            address: None
            for address in contacts
            if any(fault.fails(address, seed) for fault in failing)
        }
        spared = {key: value for key, value in contacts.items() if key not in failed}
        return spared, list(failed)


def _first_half(contacts: Contacts) -> Contacts:
    return dict(list(contacts.items())[: len(contacts) // 2])


def _finish(db: sqlite3.Connection, id: int, state: str, outcome: Outcome) -> None:
    db.execute(
        "UPDATE imports SET state = ?, done_at = ?, created = ?, failed = ?, skipped = ?,"
        " automations = ?, body = NULL WHERE id = ?",
        (
            state,
            time.time(),
            orjson.dumps(outcome.created).decode(),
            orjson.dumps(outcome.failed).decode(),
            outcome.skipped,
            outcome.automations,
            id,
        ),
    )


def import_info(account: Account, batch_id: str, now: float) -> Any:
    """Return what `import/info` says: an object, or the bare False."""
    switches = account.switches
    row = account.store.one("SELECT * FROM imports WHERE batch_id = ?", batch_id)
    if row is None or now - row["received_at"] < switches.false_seconds:
        return False
    if row["done_at"] is None:
        return {"status": _stage(row, now), "success": [], "failure": []}
    kept = switches.results_kept_seconds
    if kept is not None and now - row["done_at"] > kept:
        return False
    return {
        "status": row["state"],
        "success": orjson.loads(row["created"]),
        "failure": orjson.loads(row["failed"]),
    }


def _stage(row: sqlite3.Row, now: float) -> str:
    """Return how far an import is, by how much of its time has passed."""
    passed = (now - row["received_at"]) / max(row["ready_at"] - row["received_at"], 0.001)
    if passed < 0.4:
        return "waiting"
    return "claimed" if passed < 0.6 else "active"
