"""The pages on which a person sees what arrived."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.sandbox import Sandbox
from connections.activecampaign.sandbox.texts import TEXTS, texts_for
from tests.activecampaign.contacts import Contact, encode_batch

Open = Callable[..., requests.Response]


@pytest.fixture
def open_page(sandbox: Sandbox) -> Open:
    def ask(path: str, language: str = "en") -> requests.Response:
        headers = {"Accept-Language": language}
        return requests.get(f"{sandbox.url}{path}", headers=headers, timeout=10)

    return ask


def test_the_first_page_lists_the_lists_with_their_counts(
    sandbox: Sandbox, open_page: Open
) -> None:
    assert "There are no lists yet." in open_page("/").text
    newsletter = sandbox.add_list("Newsletter")
    for number in range(1200):
        sandbox.add_contact(f"c{number}@example.com", lists=[newsletter])

    page = open_page("/").text

    assert f'<a href="/lists/{newsletter}">Newsletter</a>' in page
    assert '<td class="number">1,200</td>' in page
    assert "1,200 of at most 2,000,000" in page


def test_a_list_shows_every_stored_value(
    sandbox: Sandbox, client: ActiveCampaignClient, open_page: Open
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    tier = sandbox.add_field("Loyalty tier")
    zoe = Contact("zoe@example.com", "Zoë", "Ünal", "+49 1", "Käse & Co", ((tier, "Gold"),))
    client.send(encode_batch([zoe], list_id=newsletter, automations=True))
    sandbox.wait_until_imported()

    page = open_page(f"/lists/{newsletter}").text

    for value in ("zoe@example.com", "Zoë", "Ünal", "+49 1", "Käse &amp; Co", "Gold", "active"):
        assert f">{value}</t" in page
    assert ">Loyalty tier</th>" in page


def test_a_list_is_searched_and_paged(sandbox: Sandbox, open_page: Open) -> None:
    newsletter = sandbox.add_list("Newsletter")
    assert "Nobody is on this list yet." in open_page(f"/lists/{newsletter}").text
    for number in range(120):
        sandbox.add_contact(f"c{number:03}@example.com", lists=[newsletter])

    last = open_page(f"/lists/{newsletter}?page=3").text
    some = open_page(f"/lists/{newsletter}?q=C01").text

    assert last.count("@example.com") == 20
    assert "Page 3 of 3" in last
    assert 'href="?page=2"' in last
    assert 'href="?page=4"' not in last
    assert some.count("@example.com") == 10
    assert 'value="C01"' in some
    assert "No contact fits." in open_page(f"/lists/{newsletter}?q=nobody").text


def test_imports_are_shown_newest_first(
    sandbox: Sandbox, client: ActiveCampaignClient, open_page: Open
) -> None:
    assert "Nothing was imported yet." in open_page("/imports").text
    newsletter = sandbox.add_list("Newsletter")
    sandbox.faults.add("import_failed", times=1)
    for email in ("a@example.com", "b@example.com"):
        client.send(encode_batch([Contact(email)] * 2, list_id=newsletter, automations=False))
        sandbox.wait_until_imported()

    page = open_page("/imports").text

    assert page.index(">completed<") < page.index(">failed<")


def test_everything_is_escaped(sandbox: Sandbox, open_page: Open) -> None:
    nasty = '"><script>alert(1)</script>'
    newsletter = sandbox.add_list(nasty)
    sandbox.add_field(nasty)
    sandbox.add_contact("a@example.com", lists=[newsletter], first_name=nasty)

    for path in ("/", f"/lists/{newsletter}", f"/lists/{newsletter}?q={nasty}"):
        page = open_page(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_pages_run_nothing_and_are_not_kept(open_page: Open) -> None:
    headers = open_page("/").headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/nothing", "/lists/99", "/lists/x", "/lists/"])
def test_a_page_that_does_not_exist_says_so(open_page: Open, path: str) -> None:
    answer = open_page(path)

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize(
    ("path", "type"), [("/pages.css", "text/css"), ("/icon.svg", "image/svg+xml")]
)
def test_what_pages_are_made_with_is_served(open_page: Open, path: str, type: str) -> None:
    assert open_page(path).headers["Content-Type"].startswith(type)


def test_pages_are_only_read(sandbox: Sandbox) -> None:
    assert requests.post(sandbox.url, timeout=10).status_code == 405
    assert requests.head(sandbox.url, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("de,en;q=0.8,fr;q=0.7", "en"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("fr;q=many", "en"),
    ],
)
def test_pages_speak_the_language_of_the_browser(
    open_page: Open, accepted: str, language: str
) -> None:
    page = open_page("/", accepted).text

    assert f'<html lang="{language}">' in page
    assert (">Listes<" in page) is (language == "fr")


def test_numbers_are_written_as_in_the_language() -> None:
    assert texts_for("en").number(1234567) == "1,234,567"
    assert texts_for("fr").number(1234567) == "1\u202f234\u202f567"


def test_every_text_is_there_in_both_languages() -> None:
    for english, french in TEXTS.values():
        assert english.strip()
        assert french.strip()
        assert english.count("{") == french.count("{")
