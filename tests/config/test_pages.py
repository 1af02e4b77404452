from __future__ import annotations

import copy
import json
import re

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation
from django.views import defaults
from django.views.csrf import csrf_failure
from pytest_django import Settings

from accounts.models import User
from config.styleguide import styleguide
from tests.config.pages import MISSING, faults_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
SIGNED_OUT = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-gone/",
]
SIGNED_IN = [
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
]
WITH_SECOND_FACTOR = [
    "/accounts/2fa/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
]


@pytest.fixture(autouse=True)
def _name_missing_variables(settings: Settings) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = MISSING
    settings.TEMPLATES = templates


@pytest.fixture(autouse=True)
def _sign_in_quickly(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(params=["en", "fr"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def person() -> User:
    return make_user(password=PASSWORD, full_name="Amélie Laurent")


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    form = {"login": person.email, "password": PASSWORD, "next": "/accounts/2fa/"}
    assert client.post("/accounts/login/", form).status_code == 302
    assert client.post("/accounts/reauthenticate/", form).status_code == 302
    return client


@pytest.fixture
def with_second_factor(signed_in: Client, person: User) -> Client:
    TOTP.activate(person, generate_totp_secret())
    RecoveryCodes.activate(person)
    return signed_in


@pytest.mark.parametrize("address", SIGNED_OUT)
def test_a_stranger_gets_a_sound_page(client: Client, address: str, language: str) -> None:
    response = client.get(address, headers={"accept-language": language})

    assert response.status_code == 200
    assert f'<html lang="{language}"'.encode() in response.content
    assert faults_of(response) == []


@pytest.mark.parametrize("address", SIGNED_IN)
def test_somebody_signed_in_gets_a_sound_page(
    signed_in: Client, address: str, language: str
) -> None:
    response = signed_in.get(address, headers={"accept-language": language})

    assert response.status_code == 200
    assert faults_of(response) == []


@pytest.mark.parametrize("address", WITH_SECOND_FACTOR)
def test_the_pages_of_the_second_factor_are_sound(
    with_second_factor: Client, address: str, language: str
) -> None:
    response = with_second_factor.get(address, headers={"accept-language": language})

    assert response.status_code == 200
    assert faults_of(response) == []


def test_signing_in_asks_for_the_second_factor(
    with_second_factor: Client, person: User, language: str
) -> None:
    with_second_factor.logout()

    form = {"login": person.email, "password": PASSWORD}
    response = with_second_factor.post(
        "/accounts/login/", form, follow=True, headers={"accept-language": language}
    )

    assert response.redirect_chain == [("/accounts/2fa/authenticate/", 302)]
    assert faults_of(response) == []


def test_a_reset_link_opens_a_form_for_a_new_password(client: Client, person: User) -> None:
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"

    response = client.get(f"/accounts/password/reset/key/{key}/", follow=True)

    assert b'name="password1"' in response.content
    assert faults_of(response) == []


def test_errors_are_summed_up_and_tied_to_their_fields(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "nobody", "password": ""})

    html = response.content.decode()
    assert '<a href="#id_login">' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_login_error"' in html
    assert faults_of(response) == []


def test_the_policy_allows_nothing_inline(client: Client) -> None:
    response = client.get("/accounts/login/")

    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_htmx_neither_evaluates_code_nor_keeps_pages_in_the_browser(client: Client) -> None:
    html = client.get("/accounts/login/").content.decode()

    config = json.loads(re.search(r"name=\"htmx-config\" content='([^']+)'", html)[1])
    assert not config["allowEval"]
    assert not config["allowScriptTags"]
    assert config["historyCacheSize"] == 0


def test_the_language_switch_works_before_signing_in(client: Client) -> None:
    form = {"language": "fr", "next": "/accounts/login/"}
    response = client.post("/appearance/language/", form, follow=True)

    assert b'<html lang="fr"' in response.content


def test_the_language_switch_changes_a_preference(client: Client) -> None:
    user = make_user(language="en")
    client.force_login(user)

    client.post("/appearance/language/", {"language": "fr"})

    user.refresh_from_db()
    assert user.language == "fr"


def test_the_language_switch_ignores_what_is_no_language_of_ours(client: Client) -> None:
    user = make_user(language="en")
    client.force_login(user)

    client.post("/appearance/language/", {"language": "de"})

    user.refresh_from_db()
    assert user.language == "en"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_that_was_chosen_stays(client: Client, theme: str) -> None:
    client.post("/appearance/theme/", {"theme": theme})

    response = client.get("/accounts/login/")

    assert f'data-theme="{theme}"'.encode() in response.content


def test_the_theme_follows_the_system_again(client: Client) -> None:
    client.post("/appearance/theme/", {"theme": "dark"})
    client.post("/appearance/theme/", {"theme": "system"})

    response = client.get("/accounts/login/")

    assert b"data-theme" not in response.content


def test_a_theme_from_elsewhere_is_not_written_into_the_page(client: Client) -> None:
    client.cookies["theme"] = '"><script>'

    response = client.get("/accounts/login/")

    assert b"data-theme" not in response.content


def test_switches_lead_nowhere_else(client: Client) -> None:
    form = {"theme": "dark", "next": "https://elsewhere.example/"}
    response = client.post("/appearance/theme/", form)

    assert response.headers["Location"] == "/"


# --- Pages that went wrong ------------------------------------------------------------------


def fail(request: object) -> None:
    raise RuntimeError("secret-detail")


urlpatterns = [path("fail/", fail)]


def test_an_error_shows_no_detail_and_speaks_both_languages(
    client: Client, settings: Settings
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    client.raise_request_exception = False

    response = client.get("/fail/")

    html = response.content.decode()
    assert response.status_code == 500
    assert "secret-detail" not in html
    assert "Something went wrong" in html
    assert "Une erreur s’est produite" in html
    assert faults_of(response) == []


def test_a_bad_request_shows_no_detail(rf: RequestFactory) -> None:
    response = defaults.bad_request(rf.get("/"), ValueError("secret-detail"))

    assert "secret-detail" not in response.content.decode()
    assert faults_of(response) == []


def test_a_refused_form_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/accounts/login/", {"login": "a@example.test"})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert faults_of(response) == []


def test_a_refused_form_is_no_secret_teller(rf: RequestFactory) -> None:
    response = csrf_failure(rf.post("/"), reason="secret-detail")

    assert "secret-detail" not in response.content.decode()


def test_an_unknown_address_helps_a_stranger(client: Client, language: str) -> None:
    response = client.get("/no/such/page/", headers={"accept-language": language})

    assert response.status_code == 404
    assert "/no/such/page/" not in response.content.decode().replace(
        'name="next" value="/no/such/page/"', ""
    )
    assert faults_of(response) == []


def test_an_unknown_address_keeps_the_navigation(client: Client, viewer: User) -> None:
    client.force_login(viewer)

    response = client.get("/no/such/page/")

    assert b'id="navigation"' in response.content
    assert faults_of(response) == []


def test_a_role_that_is_too_small_is_named(rf: RequestFactory, viewer: User) -> None:
    request = rf.get("/")
    request.user = viewer

    with translation.override("en"):
        response = defaults.permission_denied(request, PermissionError())

    assert "Your role, Viewer, does not include this." in response.content.decode()
    assert faults_of(response) == []


def test_the_navigation_shows_administration_to_administrators_only(
    client: Client, administrator: User, viewer: User
) -> None:
    client.force_login(viewer)
    seen_by_viewer = client.get("/accounts/2fa/").content

    client.force_login(administrator)
    seen_by_administrator = client.get("/accounts/2fa/").content

    assert b'id="nav-admin"' not in seen_by_viewer
    assert b'id="nav-admin"' in seen_by_administrator


@pytest.mark.parametrize("question", ["", "?ask=1"])
def test_the_style_guide_shows_sound_parts(rf: RequestFactory, viewer: User, question: str) -> None:
    request = rf.get(f"/styleguide/{question}")
    request.user = viewer

    response = styleguide(request)

    assert faults_of(response) == []
