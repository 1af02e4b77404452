from __future__ import annotations

import os
from threading import Thread

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.factories import make_user


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_that_was_asked_for() -> None:
    asked_for = os.environ.get("TEST_DATABASE", "sqlite")

    assert connection.vendor == asked_for
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_writes_second_waits_instead_of_failing() -> None:
    def write() -> None:
        make_user()
        connection.close()

    second = Thread(target=write)
    with transaction.atomic():
        make_user()
        second.start()
        second.join(timeout=0.3)
    second.join()

    assert User.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server")
def test_a_transaction_of_a_process_that_stands_still_keeps_its_locks_for_a_minute_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        (timeout,) = cursor.fetchone()

    assert timeout == "1min"
