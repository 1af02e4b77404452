"""Carries out one bulk import: what happens to contacts after "queued"."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connections.activecampaign.sandbox.store import placeholders
from connections.activecampaign.sandbox.switches import Switches

_KEYS = ("email", "first_name", "last_name", "phone", "customer_acct_name")

_INSERT = """
INSERT INTO contacts (id, address, email, first_name, last_name, phone, account_name,
                      automations, created_at, updated_at)
VALUES (?, ?, ?, coalesce(?, ''), coalesce(?, ''), coalesce(?, ''), coalesce(?, ''), ?, ?, ?)
"""
_UPDATE = """
UPDATE contacts SET email = ?, first_name = coalesce(?, first_name),
    last_name = coalesce(?, last_name), phone = coalesce(?, phone),
    account_name = coalesce(?, account_name), automations = automations + ?, updated_at = ?
WHERE id = ?
"""
# Bulk import never subscribes again who unsubscribed or bounced.
_SUBSCRIBE = """
INSERT INTO memberships (contact, list, status) VALUES (?, ?, 1)
ON CONFLICT (contact, list) DO UPDATE SET status = 1 WHERE status NOT IN (2, 3)
"""
_UNSUBSCRIBE = """
INSERT INTO memberships (contact, list, status) VALUES (?, ?, 2)
ON CONFLICT (contact, list) DO UPDATE SET status = 2
"""
_SET_FIELD = """
INSERT INTO field_values (contact, field, value) VALUES (?, ?, ?)
ON CONFLICT (contact, field) DO UPDATE SET value = excluded.value
"""

Contacts = dict[str, dict[str, Any]]


@dataclass
class Outcome:
    """What became of an import."""

    created: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: int = 0
    automations: int = 0


def carry_out(
    db: sqlite3.Connection, payload: dict[str, Any], contacts: Contacts, switches: Switches
) -> Outcome:
    """Import `contacts`, by address, within the transaction that is open on `db`."""
    outcome = Outcome()
    known = _known(db, contacts)
    kept = _without_skipped(db, contacts, known, switches, outcome)
    ids = _write(db, payload, kept, known, switches, outcome)
    _count_opted_out(db, kept, known, switches, outcome)
    lists = {number for (number,) in db.execute("SELECT id FROM lists")}
    db.executemany(_SUBSCRIBE, _list_rows(kept, ids, lists, "subscribe"))
    db.executemany(_UNSUBSCRIBE, _list_rows(kept, ids, lists, "unsubscribe"))
    db.executemany(_SET_FIELD, _field_rows(kept, ids, switches))
    _tag(db, kept, ids)
    updated = (str(known[address]) for address in kept if address in known)
    outcome.created += updated if switches.updated_in_success else ()
    return outcome


def by_address(contacts: Iterable[dict[str, Any]]) -> Contacts:
    """Return the contacts by address; of two with one address, the later stays."""
    return {contact["email"].strip().lower(): contact for contact in contacts}


def _known(db: sqlite3.Connection, contacts: Contacts) -> dict[str, int]:
    rows = _select_in(db, "SELECT address, id FROM contacts WHERE address", list(contacts))
    return dict(rows)


def _select_in(db: sqlite3.Connection, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    rows = db.execute(f"{sql} IN ({placeholders(values)})", tuple(values)).fetchall()
    return [tuple(row) for row in rows]


def _without_skipped(
    db: sqlite3.Connection,
    contacts: Contacts,
    known: dict[str, int],
    switches: Switches,
    outcome: Outcome,
) -> Contacts:
    rows = _select_in(db, "SELECT address FROM blocked WHERE address", list(contacts))
    skipped = {address for (address,) in rows}
    new = [address for address in contacts if address not in known and address not in skipped]
    skipped.update(new[_room(db, switches.contact_limit, len(new)) :])
    outcome.skipped += len(skipped)
    if switches.skipped_in_failure:
        outcome.failed += sorted(skipped)
    return {address: value for address, value in contacts.items() if address not in skipped}


def _room(db: sqlite3.Connection, limit: int, wanted: int) -> int:
    """Return how many more contacts fit, counting them only where it may get tight."""
    if _last_id(db) + wanted <= limit:
        return wanted
    total: int = db.execute("SELECT count(*) FROM contacts").fetchone()[0]
    return max(0, limit - total)


def _last_id(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'contacts'").fetchone()
    return int(row[0]) if row else 0


def _write(
    db: sqlite3.Connection,
    payload: dict[str, Any],
    contacts: Contacts,
    known: dict[str, int],
    switches: Switches,
    outcome: Outcome,
) -> dict[str, int]:
    """Insert and update contacts; return the ID of each by address."""
    now, next_id = time.time(), _last_id(db) + 1
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    ids: dict[str, int] = {}
    for address, contact in contacts.items():
        values = [_value(contact, key, switches) for key in _KEYS]
        runs = int(not (_excluded(payload) or _excluded(contact)))
        outcome.automations += runs
        if address in known:
            ids[address] = known[address]
            old.append((*values, runs, now, known[address]))
        else:
            ids[address] = next_id
            new.append((next_id, address, *values, runs, now, now))
            outcome.created.append(str(next_id))
            next_id += 1
    db.executemany(_INSERT, new)
    db.executemany(_UPDATE, old)
    return ids


def _value(contact: dict[str, Any], key: str, switches: Switches) -> str | None:
    value = contact.get(key)
    if value is None or (value == "" and not switches.blank_overwrites):
        return None
    return str(value)


def _excluded(part: dict[str, Any]) -> bool:
    """Tell whether automations are switched off here: the prose and the example disagree where."""
    return part.get("exclude_automations") in (True, "true", 1, "1")


def _count_opted_out(
    db: sqlite3.Connection,
    contacts: Contacts,
    known: dict[str, int],
    switches: Switches,
    outcome: Outcome,
) -> None:
    wanted = {
        (known[address], int(entry["listid"])): address
        for address, contact in contacts.items()
        if address in known
        for entry in contact.get("subscribe") or ()
    }
    rows = _select_in(
        db,
        "SELECT contact, list FROM memberships WHERE status IN (2, 3) AND contact",
        sorted({contact for contact, _ in wanted}),
    )
    opted_out = {wanted[contact, number] for contact, number in rows if (contact, number) in wanted}
    outcome.skipped += len(opted_out)
    if switches.skipped_in_failure:
        outcome.failed += sorted(opted_out)


def _list_rows(
    contacts: Contacts, ids: dict[str, int], lists: set[int], key: str
) -> list[tuple[int, int]]:
    """Return (contact, list) pairs; a list may be gone since the import was queued."""
    return [
        (ids[address], number)
        for address, contact in contacts.items()
        for entry in contact.get(key) or ()
        if (number := int(entry["listid"])) in lists
    ]


def _field_rows(
    contacts: Contacts, ids: dict[str, int], switches: Switches
) -> list[tuple[int, int, str]]:
    return [
        (ids[address], int(entry["id"]), str(entry["value"]))
        for address, contact in contacts.items()
        for entry in contact.get("fields") or ()
        if entry["value"] != "" or switches.blank_overwrites
    ]


def _tag(db: sqlite3.Connection, contacts: Contacts, ids: dict[str, int]) -> None:
    rows = [
        (ids[address], str(tag))
        for address, contact in contacts.items()
        for tag in contact.get("tags") or ()
    ]
    now = time.time()
    db.executemany(
        "INSERT OR IGNORE INTO tags (tag, created_at) VALUES (?, ?)",
        [(tag, now) for _, tag in rows],
    )
    db.executemany(
        "INSERT OR IGNORE INTO contact_tags (contact, tag) SELECT ?, id FROM tags WHERE tag = ?",
        rows,
    )
