"""The audit trail of connections: who changed what, and the key in no form."""

from __future__ import annotations

from auditlog.models import LogEntry
from django.db import connection as database

from connections.models import Connection, ConnectionDraft
from tests.connections.browsing import press, prove_identity, submit
from tests.connections.conftest import PASSWORD
from tests.factories import make_connection


def trail() -> str:
    return str(list(LogEntry.objects.values()))


def stored_key() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT api_key FROM connections_connection")
        return str(cursor.fetchone()[0])


def test_making_a_connection_leaves_a_trace_without_the_key(ada, administrator, sandbox, entries):
    press(ada, "connect", **entries)
    prove_identity(ada, PASSWORD)
    submit(ada, "save")

    entry = LogEntry.objects.get_for_object(Connection.objects.get()).get()
    assert entry.actor == administrator
    assert entry.changes["name"] == ["None", "Newsletter"]
    assert "key_changed_at" in entry.changes
    assert "api_key" not in entry.changes
    # Half a key would be too much, too.
    for secret in (sandbox.key, sandbox.key[len(sandbox.key) // 2 :], stored_key()):
        assert secret not in trail()


def test_changing_the_key_is_told_without_the_key(ada, sandbox):
    sandbox.account.add_user("second-key", admin=True, sees_lists=True)
    connection = make_connection(host=sandbox.host, api_key=sandbox.key)
    edit = f"/connections/{connection.pk}/edit/"
    before = stored_key()

    press(ada, "connect", edit, api_key="second-key")
    submit(ada, "save", edit)

    entry = LogEntry.objects.get_for_object(connection).latest("timestamp")
    assert "key_changed_at" in entry.changes
    for secret in ("second-key", "d-key", sandbox.key, before, stored_key()):
        assert secret not in trail()


def test_drafts_leave_no_trace(ada, entries):
    press(ada, "connect", **entries)

    assert ConnectionDraft.objects.exists()
    assert not LogEntry.objects.filter(content_type__model="connectiondraft").exists()


def test_removing_a_connection_leaves_a_trace(ada):
    connection = make_connection(name="Newsletter")

    connection.delete()

    entry = LogEntry.objects.filter(action=LogEntry.Action.DELETE).get()
    assert entry.object_repr == "Newsletter"
    assert "stored-key" not in trail()


def test_the_logs_hold_neither_key_nor_addresses(ada, entries, caplog):
    with caplog.at_level("DEBUG"):
        press(ada, "connect", **entries)
        press(ada, "connect", api_key="wrong-key")

    assert "key_refused" in caplog.text or "403" in caplog.text
    for secret in (entries["api_key"], "wrong-key", "@example"):
        assert secret not in caplog.text
