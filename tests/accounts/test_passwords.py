"""Forgotten and changed passwords; e-mails in the language of whoever reads them."""

import logging
import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import make_user

PASSWORD = "violet-harbour-42"
NEW_PASSWORD = "amber-meadow-77"


@pytest.fixture
def vera(db: None) -> User:
    return make_user(email="vera@example.test", password=PASSWORD)


def ask_for_link(client: Client, email: str, **headers: str):
    return client.post("/accounts/password/reset/", {"email": email}, headers=headers)


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"http\S+/password/reset/key/\S+", message.body)[0]


def test_a_link_by_e_mail_sets_a_new_password(client: Client, vera: User):
    ask_for_link(client, "vera@example.test")
    page = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(
        page.redirect_chain[-1][0],
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "next": "/profile/"},
    )

    vera.refresh_from_db()
    assert vera.check_password(NEW_PASSWORD)
    assert client.get("/profile/").status_code == 200


def test_a_link_works_once(client: Client, vera: User):
    ask_for_link(client, "vera@example.test")
    link = link_in(mail.outbox[0])
    vera.set_password(NEW_PASSWORD)
    vera.save()

    page = client.get(link)

    assert page.context["token_fail"]
    assert page.status_code == 200


def test_the_answer_does_not_tell_who_has_an_account(client: Client, vera: User):
    known = ask_for_link(client, "vera@example.test")
    unknown = ask_for_link(client, "nobody@example.test")

    assert known.url == unknown.url == "/accounts/password/reset/done/"
    assert [message.to for message in mail.outbox] == [
        ["vera@example.test"],
        ["nobody@example.test"],
    ]


def test_links_lead_to_this_installation_whatever_host_the_request_names(
    client: Client, vera: User, settings
):
    settings.SITE_URL = "https://facteur.example.test"
    settings.ALLOWED_HOSTS = ["*"]

    ask_for_link(client, "vera@example.test", host="evil.example.test")

    assert link_in(mail.outbox[0]).startswith("https://facteur.example.test/accounts/")
    assert "evil" not in mail.outbox[0].body


def test_mail_that_can_not_be_sent_is_said_and_logged_without_the_address(
    client: Client, vera: User, settings, caplog: pytest.LogCaptureFixture
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with caplog.at_level(logging.DEBUG):
        response = client.post(
            "/accounts/password/reset/", {"email": "vera@example.test"}, follow=True
        )

    assert "The e-mail could not be sent" in response.text
    assert "ConnectionRefusedError" in caplog.text
    assert "vera@example.test" not in caplog.text


def test_a_changed_password_is_told_by_e_mail_and_signs_out(client: Client, vera: User):
    client.force_login(vera)

    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    vera.refresh_from_db()
    assert vera.check_password(NEW_PASSWORD)
    assert client.get("/profile/").status_code == 302
    assert "Something changed about the way you sign in" in mail.outbox[0].body


def test_five_resets_a_minute_are_enough_for_one_address(client: Client, vera: User):
    for _attempt in range(5):
        ask_for_link(client, "vera@example.test")

    refused = ask_for_link(client, "vera@example.test")

    assert refused.status_code == 429
    assert "Too many attempts" in refused.text
    assert len(mail.outbox) == 5


def test_without_mail_the_page_says_whom_to_ask(client: Client, db: None, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    page = client.get("/accounts/password/reset/")

    assert "Ask an administrator for a link" in page.text
    assert 'name="email"' not in page.text
