"""The first administrator is made on the server."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from tests.factories import make_user

PASSWORD = "violet-harbour-42"


def create(*arguments: str, monkeypatch: pytest.MonkeyPatch, typed: str = PASSWORD) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    call_command("create_administrator", *arguments, stdout=out)
    return out.getvalue()


def test_an_empty_installation_says_how(client: Client, db: None):
    assert "manage.py create_administrator" in client.get("/accounts/login/").text


def test_it_says_so_only_while_there_is_nobody(client: Client, viewer: User):
    assert "create_administrator" not in client.get("/accounts/login/").text


@pytest.mark.django_db
def test_the_password_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch):
    create("Ada@example.test", "--name=Ada", "--password-stdin", monkeypatch=monkeypatch)

    ada = User.objects.get(email="ada@example.test")
    assert ada.is_administrator
    assert ada.full_name == "Ada"
    assert ada.check_password(PASSWORD)


@pytest.mark.django_db
def test_or_is_chosen_with_a_link(client: Client, monkeypatch: pytest.MonkeyPatch):
    link = create("ada@example.test", "--link", monkeypatch=monkeypatch).split()[-1]

    assert "form" in client.get(link, follow=True).context


@pytest.mark.django_db
def test_it_lets_somebody_in_who_was_locked_out(monkeypatch: pytest.MonkeyPatch):
    make_user(email="ada@example.test", full_name="Ada", is_active=False)

    create("ada@example.test", "--password-stdin", monkeypatch=monkeypatch)

    ada = User.objects.get()
    assert (ada.is_administrator, ada.full_name) == (True, "Ada")
    assert ada.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("email", "password", "message"),
    [("ada", PASSWORD, "valid email"), ("ada@example.test", "1234", "too short")],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str, message: str
):
    with pytest.raises(CommandError, match=message):
        create(email, "--password-stdin", monkeypatch=monkeypatch, typed=password)

    assert not User.objects.exists()
