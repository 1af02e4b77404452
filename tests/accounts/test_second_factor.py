"""MFA: an authenticator app and recovery codes, behind re-authentication."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import User
from tests.accounts.totp import current_code
from tests.factories import make_user

PASSWORD = "violet-harbour-42"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def vera(db: None) -> User:
    return make_user(email="vera@example.test", password=PASSWORD)


@pytest.fixture
def protected_vera(vera: User) -> User:
    TOTP.activate(vera, SECRET)
    RecoveryCodes.activate(vera)
    return vera


def give_password(client: Client):
    return client.post("/accounts/login/", {"login": "vera@example.test", "password": PASSWORD})


def give_code(client: Client, code: str):
    return client.post("/accounts/2fa/authenticate/", {"code": code, "next": "/profile/"})


def test_mfa_is_set_up_after_proving_who_one_is(client: Client, vera: User):
    client.force_login(vera)

    asked = client.get("/accounts/2fa/totp/activate/", follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/reauthenticate/")
    page = client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    code = current_code(page.context["form"].secret)
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True)

    assert codes.redirect_chain[-1][0] == "/accounts/2fa/recovery-codes/"
    assert {row.type for row in Authenticator.objects.filter(user=vera)} == {
        "totp",
        "recovery_codes",
    }


def test_the_password_alone_no_longer_opens(client: Client, protected_vera: User):
    response = give_password(client)

    assert response.url == "/accounts/2fa/authenticate/"
    assert client.get(response.url).status_code == 200
    assert client.get("/profile/").status_code == 302


def test_password_and_code_open(client: Client, protected_vera: User):
    give_password(client)

    give_code(client, current_code(SECRET))

    assert client.get("/profile/").status_code == 200


def test_a_wrong_code_does_not_open(client: Client, protected_vera: User):
    give_password(client)
    right = current_code(SECRET)

    response = give_code(client, f"{(int(right) + 1) % 1_000_000:06}")

    assert response.context["form"].errors
    assert client.get("/profile/").status_code == 302


def test_a_recovery_code_opens_once(client: Client, protected_vera: User):
    row = Authenticator.objects.get(user=protected_vera, type="recovery_codes")
    code = RecoveryCodes(row).get_unused_codes()[0]
    give_password(client)

    give_code(client, code)
    assert client.get("/profile/").status_code == 200
    client.post("/accounts/logout/")
    give_password(client)

    assert give_code(client, code).context["form"].errors


def test_a_link_that_sets_the_password_asks_for_the_code_too(
    client: Client, protected_vera: User, administrator: User
):
    inviting = Client()
    inviting.force_login(administrator)
    invitation = inviting.post(f"/people/{protected_vera.pk}/invite/").context["invitation"]
    page = client.get(invitation.link, follow=True)

    new = {"password1": "amber-meadow-77", "password2": "amber-meadow-77"}
    response = client.post(page.redirect_chain[-1][0], new)

    assert response.url == "/accounts/2fa/authenticate/"
    assert client.get("/profile/").status_code == 302


def test_seeds_are_encrypted_in_the_database(protected_vera: User):
    stored = Authenticator.objects.get(user=protected_vera, type="totp").data

    assert SECRET not in str(stored)


def test_administrators_help_people_who_lost_their_device(
    client: Client, protected_vera: User, administrator: User
):
    client.force_login(administrator)

    client.post(f"/people/{protected_vera.pk}/reset-second-factor/")

    assert not Authenticator.objects.filter(user=protected_vera).exists()
    newest = client.get("/system/audit/").context["page"].object_list[0]
    assert (newest.who, newest.action, newest.kind) == ("Ada Admin", "Removed", "Second factor")
