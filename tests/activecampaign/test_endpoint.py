"""The host name a person typed: what is taken, what is refused, and why."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.activecampaign.endpoint import Endpoint, HostError, clean_host

SUFFIXES = ("api-us1.com", ".api-eu1.com")
SANDBOXES = frozenset({"127.0.0.1:8100", "sandbox"})


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("acme.api-us1.com", "acme.api-us1.com"),
        ("  acme.api-us1.com\n", "acme.api-us1.com"),
        ("ACME.Api-US1.com", "acme.api-us1.com"),
        ("https://acme.api-us1.com", "acme.api-us1.com"),
        ("http://acme.api-us1.com/", "acme.api-us1.com"),
        ("https://acme.api-us1.com/api/3", "acme.api-us1.com"),
        ("https://acme.api-us1.com/api/3/", "acme.api-us1.com"),
        ("acme.api-us1.com/api/3/contacts?limit=1", "acme.api-us1.com"),
        ("127.0.0.1:8100", "127.0.0.1:8100"),
        ("http://127.0.0.1:8100/api/3", "127.0.0.1:8100"),
        ("sandbox", "sandbox"),
    ],
)
def test_a_host_name_is_found_in_what_people_paste(typed: str, host: str) -> None:
    assert clean_host(typed, SANDBOXES) == host


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("https://", "empty"),
        ("acme.api-us1.com:443", "port"),
        ("acme.api-us1.com:", "port"),
        ("https://acme.api-us1.com:8443/api/3", "port"),
        ("127.0.0.1.example.com:8100", "port"),
        ("acme.api-us1.com/admin", "path"),
        ("acme.api-us1.com/api/30", "path"),
        ("acme.api-us1.com?x=1", "path"),
        ("acme.api-us1.com#top", "path"),
        ("https://user:secret@acme.api-us1.com", "userinfo"),
        ("acme.api-us1.com@evil.example", "userinfo"),
        ("127.0.0.1", "ip_address"),
        ("127.0.0.1:9999", "ip_address"),
        ("https://10.0.0.1/api/3", "ip_address"),
        ("[::1]", "ip_address"),
        ("[::1]:443", "ip_address"),
        ("::1", "ip_address"),
        ("2130706433", "ip_address"),
        ("0x7f000001", "ip_address"),
        ("127.1", "ip_address"),
        ("evil.0x7f", "ip_address"),
        ("acme", "malformed"),
        ("localhost", "malformed"),
        ("acme..com", "malformed"),
        (".acme.com", "malformed"),
        ("acme.com.", "malformed"),
        ("-acme.com", "malformed"),
        ("acme-.com", "malformed"),
        ("ac me.com", "malformed"),
        ("acme_x.com", "malformed"),
        ("acme\\.com", "malformed"),
        ("acmé.com", "malformed"),
        ("ａcme.com", "malformed"),
        ("ftp://acme.com", "malformed"),
        ("a:b:c.com", "malformed"),
        (f"{'a' * 64}.com", "malformed"),
        (".".join(["a" * 60] * 5), "malformed"),
    ],
)
def test_what_is_no_host_name_is_refused_with_the_reason(typed: str, code: str) -> None:
    with pytest.raises(HostError) as caught:
        clean_host(typed, SANDBOXES)

    assert caught.value.code == code


@given(st.text())
def test_any_text_gives_a_clean_name_or_a_reason(text: str) -> None:
    with contextlib.suppress(HostError):
        host = clean_host(text)

        assert clean_host(host) == host
        assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@pytest.mark.parametrize("host", ["acme.api-us1.com", "a.b.api-eu1.com", "api-us1.com"])
def test_hosts_of_an_allowed_suffix_are_valid(host: str) -> None:
    Endpoint(host, SUFFIXES, SANDBOXES).validate()


@pytest.mark.parametrize(
    "host", ["evilapi-us1.com", "api-us1.com.evil.example", "us1.com", "example.com"]
)
def test_hosts_of_another_suffix_are_refused(host: str) -> None:
    with pytest.raises(HostError) as caught:
        Endpoint(host, SUFFIXES, SANDBOXES).validate()

    assert caught.value.code == "suffix"


def test_an_account_is_reached_over_tls() -> None:
    endpoint = Endpoint("acme.api-us1.com", SUFFIXES, SANDBOXES)

    assert not endpoint.is_sandbox
    assert (endpoint.name, endpoint.port) == ("acme.api-us1.com", 443)


@pytest.mark.parametrize(
    ("host", "name", "port"), [("127.0.0.1:8100", "127.0.0.1", 8100), ("sandbox", "sandbox", 80)]
)
def test_a_sandbox_is_reached_over_plain_http(host: str, name: str, port: int) -> None:
    endpoint = Endpoint(host, SUFFIXES, SANDBOXES)

    endpoint.validate()

    assert endpoint.is_sandbox
    assert (endpoint.name, endpoint.port) == (name, port)
