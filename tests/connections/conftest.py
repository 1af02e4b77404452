"""An ActiveCampaign account to connect to, and an administrator who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from connections.activecampaign.sandbox import Sandbox

PASSWORD = "correct horse battery"


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """Start an account with one list, that the settings allow; it answers at once."""
    with Sandbox(limits=False) as account:
        account.add_list("Newsletter")
        settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset({account.host})
        yield account


@pytest.fixture
def ada(client: Client, administrator: User, settings: Any) -> Client:
    """Return the browser of an administrator who is signed in with PASSWORD."""
    # Quick to check: this password protects nothing.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    administrator.set_password(PASSWORD)
    administrator.save()
    client.force_login(administrator)
    return client


@pytest.fixture
def entries(sandbox: Sandbox) -> dict[str, str]:
    """Return what makes a complete form."""
    return {
        "name": "Newsletter",
        "visibility": "administrators",
        "api_key": sandbox.key,
        "host": sandbox.host,
        "agreed": "on",
    }
