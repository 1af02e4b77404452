"""A sandbox and a client of it, for each test of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.endpoint import Endpoint
from connections.activecampaign.sandbox import Sandbox

Connect = Callable[..., ActiveCampaignClient]


@pytest.fixture
def make_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Return a function that starts a sandbox: quick, and without limits unless asked for."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Sandbox:
            quick = {"limits": False, "processing_seconds": 0.0, "false_seconds": 0.0}
            return stack.enter_context(Sandbox(**(quick | settings)))

        yield make


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return make_sandbox()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return a function that makes a client of a sandbox."""
    with ExitStack() as stack:

        def client_of(
            sandbox: Sandbox, key: str | None = None, **options: Any
        ) -> ActiveCampaignClient:
            endpoint = Endpoint(sandbox.host, (), frozenset({sandbox.host}))
            key = sandbox.key if key is None else key
            return stack.enter_context(ActiveCampaignClient(endpoint, key, **options))

        yield client_of


@pytest.fixture
def client(sandbox: Sandbox, connect: Connect) -> ActiveCampaignClient:
    return connect(sandbox)
