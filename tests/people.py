"""The people of the tests, one of each role.

A plugin of pytest, hence read before Django is set up: models are imported when needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import User


@pytest.fixture
def administrator(db: None) -> User:
    return _make("administrator", "ada@example.test", "Ada Admin")


@pytest.fixture
def contributor(db: None) -> User:
    return _make("contributor", "cleo@example.test", "Cléo Contrib")


@pytest.fixture
def viewer(db: None) -> User:
    return _make("viewer", "vera@example.test", "Vera Viewer")


def _make(role: str, email: str, full_name: str) -> User:
    from tests.factories import make_user

    return make_user(role=role, email=email, full_name=full_name)
