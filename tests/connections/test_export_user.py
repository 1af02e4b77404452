"""Add yourself as export user: only after Connect, and only with one's own credentials."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)

from connections.models import ConnectionDraft
from tests.connections.browsing import ADD, Page, press, prove_identity, submit, visit
from tests.connections.conftest import PASSWORD

COMING_BACK = "/connections/add/export-user/"
# Where somebody proves who they are for another reason.
ELSEWHERE = "/accounts/reauthenticate/?next=/connections/"


@pytest.fixture
def connected(ada, entries):
    press(ada, "connect", **entries)
    return ada


def is_added() -> bool:
    return ConnectionDraft.objects.get().export_user_at is not None


def test_it_always_asks_for_the_password(connected):
    first = submit(connected, "export_user")
    connected.post(first.url, {"password": PASSWORD})
    second = submit(connected, "export_user")

    for asked in (first, second):
        assert asked.url == "/accounts/reauthenticate/?next=%2Fconnections%2Fadd%2Fexport-user%2F"


def test_with_the_right_password_they_are_the_export_user(connected):
    page = prove_identity(connected, PASSWORD)

    assert is_added()
    assert "Ada Admin is the export user since" in page.words
    assert page.entries["name"] == "Newsletter"


def test_with_a_wrong_password_they_are_not(connected):
    page = prove_identity(connected, "wrong")

    assert not is_added()
    assert page.entries["password"] == ""


def test_coming_back_without_the_password_counts_for_nothing(connected):
    submit(connected, "export_user")

    page = Page(connected.get(COMING_BACK, follow=True))

    assert not is_added()
    assert "You did not confirm who you are." in page.words


def test_a_proof_from_before_the_click_counts_for_nothing(connected):
    connected.post(ELSEWHERE, {"password": PASSWORD})
    submit(connected, "export_user")

    connected.get(COMING_BACK)

    assert not is_added()


def test_a_proof_counts_once(connected):
    prove_identity(connected, PASSWORD)
    ConnectionDraft.objects.update(export_user_at=None)

    connected.get(COMING_BACK)

    assert not is_added()


def test_without_the_click_nothing_happens(connected):
    connected.post(ELSEWHERE, {"password": PASSWORD})

    connected.get(COMING_BACK)

    assert not is_added()


def test_before_connect_nobody_is_asked(ada, entries):
    page = press(ada, "export_user", **entries)

    assert page.status == 200
    assert "Select Connect first" in page.words
    assert not is_added()


def test_a_host_changed_in_another_window_meanwhile_needs_connect_first(connected):
    asked = submit(connected, "export_user")
    submit(connected, "draft", host="acme.api-us1.com")

    page = Page(connected.post(asked.url, {"password": PASSWORD}, follow=True))

    assert "Select Connect first" in page.words
    assert not is_added()


def test_another_key_keeps_the_export_user_but_needs_connect_anew(connected):
    prove_identity(connected, PASSWORD)

    page = press(connected, "draft", api_key="another")

    assert is_added()
    assert not page.buttons["save"]
    assert not page.buttons["export_user"]


def test_with_two_factors_the_code_will_do(connected, administrator):
    secret = generate_totp_secret()
    TOTP.activate(administrator, secret)
    asked = submit(connected, "export_user")
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    back = asked.url.partition("?")[2]

    connected.post(f"/accounts/2fa/reauthenticate/?{back}", {"code": code}, follow=True)

    assert is_added()


def test_an_administrator_who_lost_the_role_is_sent_away(connected, administrator):
    asked = submit(connected, "export_user")
    administrator.role = "contributor"
    administrator.save()

    answer = connected.post(asked.url, {"password": PASSWORD}, follow=True)

    assert answer.status_code == 403
    assert not is_added()


def test_the_page_says_what_is_green_only_after_the_proof(connected):
    submit(connected, "export_user")

    assert "is the export user since" not in visit(connected, ADD).words
