"""An ActiveCampaign account to export to, and the browsers of the three roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from connections.activecampaign.sandbox import Sandbox

if TYPE_CHECKING:
    from accounts.models import User
    from connections.models import Connection


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """An account with two lists and three custom fields."""
    with Sandbox(limits=False, processing_seconds=0.0, false_seconds=0.0) as account:
        settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset([account.host])
        account.add_list("Newsletter", id=19)
        account.add_list("Summer (2024)", id=20)
        account.add_field("Birthday", "date")
        account.add_field("Interests", "listbox", ["wine", "cheese"])
        account.add_field("Loyalty tier")
        yield account


@pytest.fixture
def shared(sandbox: Sandbox, db: None) -> Connection:
    """A connection to the sandbox that contributors may use."""
    from tests.factories import make_connection

    return make_connection(
        name="Acme", host=sandbox.host, api_key=sandbox.key, visibility="contributors"
    )


@pytest.fixture
def as_administrator(administrator: User) -> Client:
    return _browser(administrator)


@pytest.fixture
def as_contributor(contributor: User) -> Client:
    return _browser(contributor)


@pytest.fixture
def as_viewer(viewer: User) -> Client:
    return _browser(viewer)


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
