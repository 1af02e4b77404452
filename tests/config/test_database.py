from __future__ import annotations

import os

import pytest
from django.db import connection

from accounts.models import User


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_that_was_asked_for() -> None:
    asked_for = os.environ.get("TEST_DATABASE", "sqlite")

    assert connection.vendor == asked_for
    assert not User.objects.exists()
