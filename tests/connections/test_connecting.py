"""Connect: every way in which it can fail says so at the right step, and changes nothing."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from connections.activecampaign.sandbox import Sandbox
from connections.models import Connection, ConnectionDraft
from connections.services import limiter_for_host
from tests.connections.browsing import Page, press, submit
from tests.factories import make_connection

STEPS = ("name", "tls", "key", "account", "lists")


def states() -> dict[str, str]:
    return {step["name"]: step["state"] for step in ConnectionDraft.objects.get().steps}


def assert_stopped_at(failed: str, page: Page) -> None:
    """Assert that this step failed, none after it was tried, and nothing is connected."""
    found = states()
    assert found[failed] == "failed"
    for later in STEPS[STEPS.index(failed) + 1 :]:
        assert found[later] == "not_tried"
    assert not page.buttons["export_user"]
    assert not page.buttons["save"]
    assert "Connected to ActiveCampaign as" not in page.words


def test_every_step_is_named_with_what_it_found(ada, sandbox, entries):
    sandbox.account.switches.contact_limit = 25_000

    page = press(ada, "connect", **entries)

    assert states() == dict.fromkeys(STEPS, "passed") | {"tls": "skipped"}
    assert "The host name resolves Passed" in page.words
    assert "This is a sandbox that the settings name" in page.words
    assert "(user1@example.com)" in page.words
    assert "sandbox.activehosted.com: 0 of 25,000 contacts" in page.words
    assert "Lists can be read Passed 1 list" in page.words


def test_an_account_without_lists_is_connected_and_told_to_add_one(ada, settings):
    with Sandbox(limits=False) as empty:
        settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset({empty.host})

        page = press(ada, "connect", host=empty.host, api_key=empty.key)

    assert "There is no list yet." in page.words
    assert "Connected to ActiveCampaign as" in page.words


def test_a_key_that_may_not_see_the_account_is_good_enough(ada, sandbox, entries):
    sandbox.account.add_user("their-key", admin=False, sees_lists=True)

    page = press(ada, "connect", **entries | {"api_key": "their-key"})

    assert states()["account"] == "unknown"
    assert "its contact limit is not known. Exports work without it." in page.words
    assert f"(account {sandbox.host})" in page.words


def test_a_wrong_key_is_refused(ada, entries):
    page = press(ada, "connect", **entries | {"api_key": "wrong"})

    assert_stopped_at("key", page)
    assert page.error_at("api_key") == "ActiveCampaign refused the API key."
    assert "open Settings > Developer, copy the key again" in page.words


def test_a_key_whose_user_may_not_see_lists_is_refused(ada, sandbox, entries):
    sandbox.account.add_user("their-key", admin=False, sees_lists=False)

    page = press(ada, "connect", **entries | {"api_key": "their-key"})

    assert_stopped_at("lists", page)
    assert "its ActiveCampaign user may not see lists" in page.error_at("api_key")


def test_a_host_that_does_not_exist_is_refused(ada, entries, settings):
    settings.ACTIVECAMPAIGN_HOST_SUFFIXES = ("invalid",)

    page = press(ada, "connect", **entries | {"host": "acme.invalid"})

    assert_stopped_at("name", page)
    assert page.error_at("host") == "The host name acme.invalid cannot be found."


@pytest.fixture
def private_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the machine's name service answer one name with a private address."""
    private, ask = "acme.api-us1.com", socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        if host == private:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]
        return ask(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return private


def test_a_host_that_leads_to_a_private_address_is_refused(ada, entries, private_name):
    shown = submit(ada, "draft", **entries | {"host": private_name})

    page = press(ada, "connect", **entries | {"host": private_name})

    assert shown.status_code == 200
    assert_stopped_at("name", page)
    assert "leads to a private address" in page.error_at("host")
    assert "for example acme.api-us1.com" in page.words


def test_a_host_that_refuses_connections_is_refused(ada, entries, settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"127.0.0.1:{server.getsockname()[1]}"
    settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset({closed})

    page = press(ada, "connect", **entries | {"host": closed})

    assert_stopped_at("key", page)
    assert page.error_at("host") == f"{closed} does not accept connections."


@pytest.mark.parametrize(
    ("fault", "details", "field", "message"),
    [
        ("redirect", {}, "host", "sends requests on to another address."),
        ("html", {}, "host", "answers, but not as the API of ActiveCampaign does."),
        ("not_found", {}, "host", "answers, but not as the API of ActiveCampaign does."),
        ("payment", {}, None, "because of a payment problem of the account."),
        ("unavailable", {}, None, "ActiveCampaign is not available at the moment."),
        ("html_502", {}, None, "ActiveCampaign is not available at the moment."),
        ("too_many", {}, None, "ActiveCampaign gets too many requests for this account"),
        ("reset", {}, None, "The answer of ActiveCampaign did not arrive."),
        ("unauthorized", {}, "api_key", "ActiveCampaign refused the API key."),
    ],
)
def test_a_host_that_answers_otherwise_is_refused(
    ada, sandbox, entries, fault, details, field, message
):
    sandbox.faults.add(fault, **details)

    page = press(ada, "connect", **entries)

    assert_stopped_at("key", page)
    assert message in page.words
    assert field is None or message in page.error_at(field)


def test_a_slow_host_does_not_hang_the_page(ada, sandbox, entries, settings):
    settings.ACTIVECAMPAIGN_CONNECT_SECONDS = 0.2
    sandbox.faults.add("slow", seconds=1)

    page = press(ada, "connect", **entries)

    assert_stopped_at("key", page)
    assert page.error_at("host") == f"{sandbox.host} takes too long to answer."


def test_a_failure_half_way_leaves_the_later_steps_untried(ada, sandbox, entries):
    sandbox.faults.add("html_500", on="*/settings/account")

    page = press(ada, "connect", **entries)

    assert_stopped_at("account", page)
    assert states()["key"] == "passed"


def test_a_redirect_does_not_take_the_key_with_it(ada, sandbox, entries):
    with Sandbox(limits=False) as elsewhere:
        sandbox.faults.add("redirect", location=f"http://{elsewhere.host}/api/3/users/me")

        press(ada, "connect", **entries)

        assert not elsewhere.account.log.entries()


def test_a_failed_connect_changes_nothing_of_the_saved_connection(ada, sandbox):
    connection = make_connection(host=sandbox.host, api_key=sandbox.key)

    press(ada, "connect", f"/connections/{connection.pk}/edit/", api_key="wrong")

    kept = Connection.objects.get()
    assert kept.api_key == sandbox.key
    assert kept.version == connection.version
    assert kept.problem() is None


def test_after_a_failure_connect_can_be_tried_again(ada, sandbox, entries):
    sandbox.faults.add("unavailable", times=1)
    press(ada, "connect", **entries)

    page = press(ada, "connect")

    assert "Connected to ActiveCampaign as" in page.words


def test_without_key_and_host_nothing_is_tried(ada):
    page = press(ada, "connect")

    assert page.error_at("api_key") == "Enter the API key."
    assert page.error_at("host") == "Enter the host name, for example acme.api-us1.com."
    assert states() == {}


def test_a_host_that_the_settings_no_longer_allow_is_not_asked(ada, sandbox, entries, settings):
    press(ada, "draft", **entries)
    settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset()

    page = press(ada, "connect")

    assert page.error_at("host").startswith("This is an IP address.")
    assert not sandbox.account.log.entries()


def test_connect_takes_turns_with_everything_else_that_uses_the_account(
    ada, sandbox, entries, settings
):
    settings.ACTIVECAMPAIGN_CONNECT_SECONDS = 0.5
    limiter_for_host(sandbox.host).pause(30)

    page = press(ada, "connect", **entries)

    assert_stopped_at("key", page)
    assert "ActiveCampaign gets too many requests" in page.words
    assert not sandbox.account.log.entries()


def test_looking_at_many_lists_keeps_to_the_limits(ada, sandbox, entries, settings):
    settings.ACTIVECAMPAIGN_REQUESTS_PER_SECOND = 2
    sandbox.switches.requests_per_second = 2
    sandbox.switches.limits = True
    for number in range(300):
        sandbox.add_list(f"List {number}")

    press(ada, "connect", **entries)

    assert states()["lists"] == "passed"
    assert sandbox.log.count("GET /lists") == 4
    assert sandbox.account.limits.refused == 0


def test_an_emptied_host_is_not_tried_as_the_one_before(ada, sandbox, entries):
    press(ada, "draft", **entries)

    page = press(ada, "connect", host="")

    assert page.error_at("host") == "Enter the host name, for example acme.api-us1.com."
    assert not sandbox.account.log.entries()
