"""The page “Permissions”: who is here, invitations, roles, deactivation."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format

from accounts.models import User
from tests.factories import make_user


@pytest.fixture
def office(client: Client, administrator: User) -> Client:
    """Return a browser in which an administrator is signed in."""
    client.force_login(administrator)
    return client


def invite(client: Client, **fields: str):
    defaults = {"email": "new@example.test", "full_name": "Noa New", "role": "contributor"}
    return client.post("/people/invite/", {**defaults, **fields})


def test_an_invited_person_sets_a_password_and_is_in(office: Client):
    shown = invite(office).context["invitation"]
    browser = Client()

    page = browser.get(shown.link, follow=True)
    browser.post(
        page.redirect_chain[-1][0],
        {"password1": "amber-meadow-77", "password2": "amber-meadow-77", "next": "/profile/"},
    )

    assert browser.get("/profile/").context["user"].email == "new@example.test"
    assert User.objects.get(email="new@example.test").role == "contributor"
    assert browser.get(shown.link).context["token_fail"]


def test_the_invitation_is_mailed_in_the_language_of_the_invited(office: Client):
    invitation = invite(office, language="fr").context["invitation"]

    [message] = mail.outbox
    assert invitation.is_mailed
    assert message.to == ["new@example.test"]
    assert invitation.link in message.body
    assert "Ada Admin" in message.subject
    with translation.override("fr"):
        assert date_format(invitation.valid_until, "DATETIME_FORMAT") in message.body


def test_without_mail_the_page_says_to_pass_the_link_on(office: Client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    page = invite(office)

    assert "This installation sends no e-mail" in page.text
    assert page.context["invitation"].link in page.text


def test_a_link_is_shown_once(office: Client):
    link = invite(office).context["invitation"].link
    person = User.objects.get(email="new@example.test")

    assert link not in office.get("/people/").text
    assert link not in office.get(f"/people/{person.pk}/").text


def test_an_address_that_is_here_already_is_refused_in_any_case(office: Client, viewer: User):
    page = invite(office, email="VERA@example.test")

    assert page.context["form"].errors == {
        "email": ["Somebody with this e-mail address is already here."]
    }
    assert page.context["form"]["full_name"].value() == "Noa New"
    assert mail.outbox == []


def test_a_lost_invitation_is_sent_again(office: Client):
    invite(office)
    person = User.objects.get(email="new@example.test")

    page = office.post(f"/people/{person.pk}/invite/")

    assert page.context["invitation"].is_mailed
    assert len(mail.outbox) == 2


def test_deactivated_people_get_no_link(office: Client, viewer: User):
    User.objects.filter(pk=viewer.pk).update(is_active=False)

    assert office.post(f"/people/{viewer.pk}/invite/").status_code == 404


@pytest.mark.parametrize("search", ["cléo", "CLEO@exa"])
def test_people_are_found_by_part_of_name_or_address(
    office: Client, contributor: User, viewer: User, search: str
):
    found = office.post("/people/", {"q": search}).context["page"]

    assert list(found) == [contributor]


def test_people_are_filtered_by_role_and_state(office: Client, contributor: User, viewer: User):
    make_user(role=User.Role.VIEWER, is_active=False, full_name="Gone")

    found = office.get("/people/", {"role": "viewer", "state": "deactivated"}).context["page"]

    assert [person.full_name for person in found] == ["Gone"]


def test_a_new_role_applies_to_the_next_request(office: Client, viewer: User):
    browser = Client()
    browser.force_login(viewer)
    assert browser.get("/people/").status_code == 403

    office.post(f"/people/{viewer.pk}/", {"full_name": "Vera", "role": "administrator"})

    assert browser.get("/people/").status_code == 200


def test_the_page_of_somebody_else_greets_oneself(office: Client, viewer: User):
    page = office.get(f"/people/{viewer.pk}/")

    assert page.context["user"].email == "ada@example.test"


def test_deactivated_people_are_let_in_again(office: Client, viewer: User):
    office.post(f"/people/{viewer.pk}/deactivate/")
    assert not User.objects.get(pk=viewer.pk).is_active

    office.post(f"/people/{viewer.pk}/reactivate/")

    assert User.objects.get(pk=viewer.pk).is_active


def test_giving_up_the_own_role_needs_a_second_thought(
    office: Client, administrator: User, viewer: User
):
    other = make_user(role="administrator", password="violet-harbour-42")
    change = {"full_name": "Ada", "role": "viewer"}

    hasty = office.post(f"/people/{administrator.pk}/", change)
    assert "confirmed" in hasty.context["form"].errors
    office.post(f"/people/{administrator.pk}/", {**change, "confirmed": "on"})

    assert list(User.objects.active_administrators()) == [other]
    assert office.get("/people/").status_code == 403


def test_whoever_deactivates_themself_is_told_before(office: Client, administrator: User):
    assert "This is you" in office.get(f"/people/{administrator.pk}/deactivate/").text


def test_the_list_takes_the_same_few_queries_for_many_people(
    office: Client, django_assert_num_queries
):
    for _person in range(20):
        make_user()

    with django_assert_num_queries(4):  # session, who asks, how many people, people
        office.get("/people/")


def test_a_link_for_somebody_else_asks_first_who_asks(client: Client, viewer: User):
    password = "a long and private word"
    client.force_login(make_user(role=User.Role.ADMINISTRATOR, password=password))

    asked = client.post(f"/people/{viewer.pk}/invite/")
    page = client.post(asked.url, {"password": password}, follow=True)

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert page.context["invitation"].link
