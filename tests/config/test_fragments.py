"""Pages and their parts have one address: nothing keeps the one in place of the other."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User


@pytest.mark.parametrize("address", ["/", "/segments/", "/exports/", "/system/status/"])
def test_caches_tell_a_page_from_the_part_that_htmx_asks_for(
    viewer: User, address: str, db: None
) -> None:
    browser = Client()
    browser.force_login(viewer)

    assert "HX-Request" in browser.get(address)["Vary"]
