"""Which tests a run on PostgreSQL takes: those that can end otherwise there than on SQLite."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

# Those of pytest-django through which a test reaches the database.
FIXTURES = {"db", "transactional_db", "live_server"}
# Words, forms, files, the servers of others, and what DuckDB finds. On PostgreSQL each address is
# asked by people of every role (test_roles.py), and services, lists and runs are tested in full.
SAME_ON_EVERY_DATABASE = (
    "accounts/test_pass*",
    "accounts/test_permissions.py",
    "accounts/test_preferences.py",
    "accounts/test_second_factor.py",
    "accounts/test_sign_in.py",
    "config/test_deployment.py",
    "config/test_fragments.py",
    "config/test_pages.py",
    "config/test_uploads.py",
    "connections/test_connecting.py",
    "connections/test_editing.py",
    "connections/test_export_user.py",
    "connections/test_htmx.py",
    "connections/test_problems.py",
    "demo/*",
    "exports/test_corrections.py",
    "exports/test_forgetting.py",
    "exports/test_mapping.py",
    "exports/test_preview.py",
    "exports/test_read_backs.py",
    "exports/test_rejects_round_trip.py",
    "exports/test_set_up*",
    "exports/test_suggestions.py",
    "exports/test_undo.py",
    "segments/test_*_files.py",
    "segments/test_*_pages.py",
    "segments/test_database_*",
    "segments/test_incoming.py",
    "segments/test_rule*",
    "segments/test_storage_*",
)


def may_differ_on_postgres(item: pytest.Item) -> bool:
    """Tell whether a test shows something about the database that Facteur keeps its own rows in.

    Whoever commits may meet others there, so a test that does is taken whatever it is about.
    """
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if "transactional_db" in fixtures or (marker and marker.kwargs.get("transaction")):
        return True
    if item.get_closest_marker("postgres"):
        return True
    file = item.nodeid.partition("::")[0].removeprefix("tests/")
    if any(fnmatch(file, pattern) for pattern in SAME_ON_EVERY_DATABASE):
        return False
    return marker is not None or bool(fixtures & FIXTURES)
