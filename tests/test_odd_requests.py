"""Requests that no page of ours makes get an answer, and no traceback."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_connection, make_export, make_source

LONG_NUMBER = "9" * 5000  # longer than Python reads


@pytest.fixture
def browser(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def post(browser: Client, address: str, fields: dict[str, Any]) -> Any:
    """Post as plain forms do: Django takes longer names there than with files."""
    return browser.post(address, urlencode(fields), "application/x-www-form-urlencoded")


@pytest.mark.parametrize("page", ["sources", "segments", "exports", "connections", "people"])
@pytest.mark.parametrize("words", ["\0", "%", "'", "\\", LONG_NUMBER[:2000], "²"])
def test_anything_can_be_searched_for(browser: Client, page: str, words: str) -> None:
    assert browser.get(f"/{page}/", {"q": words}).status_code == 200


@pytest.mark.parametrize("source", ["²", "٣", "\0", "-1", LONG_NUMBER, "x"])
def test_a_segment_can_be_begun_for_a_source_that_cannot_be(browser: Client, source: str) -> None:
    make_source()

    assert browser.get("/segments/add/", {"source": source}).status_code == 200


def test_a_rule_that_is_nested_very_deeply_is_drawn_without_its_depths(browser: Client) -> None:
    source = make_source()
    groups = {f"rule{'-0' * depth}-match": "all" for depth in range(900)}

    page = post(browser, "/segments/add/", {"do": "count", "source": source.pk, **groups})

    assert page.status_code == 200


@pytest.mark.parametrize("number", ["²", "٣", LONG_NUMBER])
def test_a_row_that_cannot_be_is_not_removed(browser: Client, number: str) -> None:
    make_connection()

    page = browser.post("/exports/add/", {"action": f"remove-{number}"})

    assert page.status_code == 200


def test_the_fate_of_an_export_that_cannot_be_is_nobodys(browser: Client) -> None:
    export = make_export()
    address = f"/connections/{export.connection_id}/remove/"

    page = post(browser, address, {f"fate-{LONG_NUMBER}": "remove"})

    assert page.status_code == 200
    assert "Say for each export" in page.content.decode()
