"""The account's data, in SQLite: in memory, or in a file that outlives the sandbox."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    stringid TEXT NOT NULL,
    sender_url TEXT NOT NULL DEFAULT '',
    sender_reminder TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS list_groups (
    list INTEGER NOT NULL REFERENCES lists ON DELETE CASCADE,
    user_group INTEGER NOT NULL,
    PRIMARY KEY (list, user_group)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fields (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    perstag TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS field_options (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    field INTEGER NOT NULL REFERENCES fields ON DELETE CASCADE,
    value TEXT NOT NULL
);
-- address is the e-mail address in lower case, which is what identifies a contact
CREATE TABLE IF NOT EXISTS contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    account_name TEXT NOT NULL DEFAULT '',
    automations INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS memberships (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    list INTEGER NOT NULL REFERENCES lists ON DELETE CASCADE,
    status INTEGER NOT NULL,
    UNIQUE (contact, list)
);
CREATE INDEX IF NOT EXISTS memberships_of_list ON memberships (list, status, contact);
CREATE TABLE IF NOT EXISTS field_values (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    field INTEGER NOT NULL REFERENCES fields ON DELETE CASCADE,
    value TEXT NOT NULL,
    UNIQUE (contact, field)
);
CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL DEFAULT 'contact',
    description TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS contact_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contact INTEGER NOT NULL REFERENCES contacts ON DELETE CASCADE,
    tag INTEGER NOT NULL REFERENCES tags ON DELETE CASCADE,
    UNIQUE (contact, tag)
);
-- The account's exclusion list and its bounced addresses: bulk import skips both.
CREATE TABLE IF NOT EXISTS blocked (
    address TEXT PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason IN ('excluded', 'bounced'))
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL UNIQUE,
    contacts INTEGER NOT NULL,
    received_at REAL NOT NULL,
    ready_at REAL NOT NULL,
    done_at REAL,
    state TEXT NOT NULL DEFAULT 'waiting',
    created TEXT NOT NULL DEFAULT '[]',
    failed TEXT NOT NULL DEFAULT '[]',
    skipped INTEGER NOT NULL DEFAULT 0,
    automations INTEGER NOT NULL DEFAULT 0,
    body BLOB
);
CREATE INDEX IF NOT EXISTS imports_waiting ON imports (ready_at) WHERE done_at IS NULL;
"""

EMPTIED_BY_RESET = ("contacts", "tags", "blocked", "imports")


class Store:
    """One SQLite connection that threads take turns with."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._db.row_factory = sqlite3.Row
        # SQLite's own knows no letters but English ones.
        self._db.create_function("lower", 1, str.lower, deterministic=True)
        # What a sandbox holds need not survive a power cut.
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
        self._db.executescript(SCHEMA)
        self._db.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for one transaction, undone by any exception."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row, if there is one."""
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return row

    def number(self, sql: str, *values: Any) -> int:
        """Return the first row's first value, a number; 0 without one."""
        row = self.one(sql, *values)
        return int(row[0] or 0) if row else 0

    def insert(self, table: str, **values: Any) -> int:
        """Insert a row and return its ID."""
        columns, marks = ", ".join(values), placeholders(values)
        with self.transaction() as db:
            cursor = db.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",
                tuple(values.values()),
            )
            return int(cursor.lastrowid or 0)

    def run(self, sql: str, *values: Any) -> int:
        """Run one statement; return how many rows it changed."""
        with self.transaction() as db:
            return db.execute(sql, values).rowcount

    def reset(self) -> None:
        """Remove all contacts, tags, blocked addresses and imports; keep lists and fields."""
        with self.transaction() as db:
            for table in EMPTIED_BY_RESET:
                db.execute(f"DELETE FROM {table}")


def placeholders(values: Any) -> str:
    """Return as many question marks as there are values."""
    return ", ".join("?" * len(values))


def iso(seconds: float) -> str:
    """Return a time as ActiveCampaign writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
