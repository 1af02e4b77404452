"""What may be typed as REST Endpoint Hostname."""

from __future__ import annotations

import pytest

from connections.models import ConnectionDraft
from tests.connections.browsing import press


@pytest.mark.parametrize(
    "typed",
    ["https://acme.api-us1.com/api/3", "http://acme.api-us1.com/", "acme.api-us1.com/api/3/users"],
)
def test_a_pasted_address_is_reduced_to_the_host_name_and_shown_so(ada, typed):
    page = press(ada, "draft", host=typed)

    assert page.entries["host"] == "acme.api-us1.com"
    assert "What you entered was reduced to the host name: acme.api-us1.com" in page.words
    assert ConnectionDraft.objects.get().host == "acme.api-us1.com"


@pytest.mark.parametrize("typed", ["acme.api-us1.com", "  ACME.api-us1.com "])
def test_a_host_name_alone_needs_no_remark(ada, typed):
    page = press(ada, "draft", host=typed)

    assert page.entries["host"] == "acme.api-us1.com"
    assert "reduced" not in page.words


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("acme.api-us1.com:8443", "Leave out the port"),
        ("acme.api-us1.com/admin", "Leave out what follows the host name"),
        ("me:secret@acme.api-us1.com", "Leave out the user name before the @"),
        ("10.0.0.1", "This is an IP address."),
        ("127.0.0.1", "This is an IP address."),
        ("[::1]", "This is an IP address."),
        ("2130706433", "This is an IP address."),
        ("acme", "This is not a host name."),
        ("localhost", "This is not a host name."),
        ("ac me.api-us1.com", "This is not a host name."),
        ("example.com", "This is not a host of ActiveCampaign."),
        ("api-us1.com.evil.example", "This is not a host of ActiveCampaign."),
    ],
)
def test_whatever_else_is_refused_at_the_field_with_the_right_form(ada, typed, message):
    page = press(ada, "connect", host=typed, api_key="key")

    assert page.error_at("host").startswith(message)
    assert "acme.api-us1.com" in page.error_at("host")
    assert page.entries["host"] == typed
    assert ConnectionDraft.objects.get().host == ""


def test_a_foreign_host_is_told_which_ones_are_allowed(ada, settings):
    settings.ACTIVECAMPAIGN_HOST_SUFFIXES = ("api-us1.com", "acme.example")

    page = press(ada, "draft", host="example.org")

    assert "It ends with one of: api-us1.com, acme.example." in page.error_at("host")


def test_a_sandbox_is_only_allowed_where_the_settings_name_it(ada, sandbox, settings):
    settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset()

    page = press(ada, "draft", host=sandbox.host)

    assert page.error_at("host").startswith("This is an IP address.")
