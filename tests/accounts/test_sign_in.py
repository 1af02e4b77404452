"""Signing in and out: by e-mail address and password, only for people who were let in."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import make_user

PASSWORD = "violet-harbour-42"


@pytest.fixture
def vera(db: None) -> User:
    return make_user(email="vera@example.test", password=PASSWORD)


def sign_in(client: Client, email: str, password: str = PASSWORD):
    data = {"login": email, "password": password, "next": "/profile/"}
    return client.post("/accounts/login/", data)


def test_case_does_not_matter_in_the_address(client: Client, vera: User):
    response = sign_in(client, "Vera@Example.test")

    assert response.url == "/profile/"
    assert client.get("/profile/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, vera: User):
    wrong = sign_in(client, "vera@example.test", "not-hers")
    unknown = sign_in(client, "nobody@example.test")

    assert wrong.context["form"].errors == unknown.context["form"].errors != {}
    assert client.get("/profile/").status_code == 302


def test_five_wrong_passwords_lock_the_address_for_a_while(client: Client, vera: User):
    for _attempt in range(5):
        sign_in(client, "vera@example.test", "guess")

    response = sign_in(client, "vera@example.test")

    assert "Too many failed login attempts" in response.text


def test_deactivated_people_do_not_come_in(client: Client, vera: User):
    User.objects.update(is_active=False)

    response = sign_in(client, "vera@example.test")

    assert response.url == "/accounts/inactive/"
    assert client.get("/accounts/inactive/").status_code == 200
    assert client.get("/profile/").status_code == 302


def test_deactivation_signs_people_out_at_their_next_request(client: Client, viewer: User):
    client.force_login(viewer)
    assert client.get("/profile/").status_code == 200

    User.objects.update(is_active=False)

    assert client.get("/profile/").url == "/accounts/login/?next=/profile/"


def test_signing_out_needs_a_post(client: Client, viewer: User):
    client.force_login(viewer)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/profile/").status_code == 200
    client.post("/accounts/logout/")

    assert client.get("/profile/").status_code == 302


def test_nobody_signs_up(client: Client, db: None):
    page = client.get("/accounts/signup/")
    client.post(
        "/accounts/signup/",
        {"email": "stranger@example.test", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert page.templates[0].name == "account/signup_closed.html"
    assert not User.objects.exists()


def test_nobody_changes_their_address(client: Client, viewer: User):
    client.force_login(viewer)

    assert client.get("/accounts/email/").status_code == 404


def test_signing_in_is_on_the_audit_trail(client: Client, vera: User, administrator: User):
    sign_in(client, "vera@example.test")
    client.force_login(administrator)

    newest = client.get("/system/audit/").context["page"].object_list

    assert [(event.who, event.action) for event in newest[:2]] == [
        ("Ada Admin", "Signed in"),
        ("vera@example.test", "Signed in"),
    ]
