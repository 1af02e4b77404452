"""There is always somebody who can administer."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.services import LastAdministrator, change_person, deactivate_person
from tests.factories import make_user


def make_administrator(**fields: str) -> User:
    return make_user(role="administrator", password="violet-harbour-42", **fields)


def demote(person: User) -> None:
    change_person(person=person, full_name="", role="viewer")


def deactivate(person: User) -> None:
    deactivate_person(person=person)


@pytest.mark.django_db
@pytest.mark.parametrize("leave", [demote, deactivate])
def test_the_only_one_can_not_leave(leave: Callable[[User], None]):
    person = make_administrator()

    with pytest.raises(LastAdministrator):
        leave(person)

    assert list(User.objects.active_administrators()) == [person]


@pytest.mark.django_db
def test_one_of_two_can_leave():
    person, other = make_administrator(), make_administrator()

    demote(person)

    assert list(User.objects.active_administrators()) == [other]


@pytest.mark.django_db
def test_somebody_who_never_came_does_not_count():
    person = make_administrator()
    make_user(role="administrator")

    with pytest.raises(LastAdministrator):
        demote(person)


@pytest.mark.parametrize("path", ["", "deactivate/"])
def test_the_page_says_what_to_do(client: Client, administrator: User, path: str):
    client.force_login(administrator)
    change = {"full_name": "Ada Admin", "role": "viewer", "confirmed": "on"}

    page = client.post(f"/people/{administrator.pk}/{path}", change, follow=True)

    assert "Make somebody else an administrator first." in page.text
    assert User.objects.active_administrators().exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leave", [demote, deactivate])
def test_of_two_who_leave_at_the_same_time_one_stays(leave: Callable[[User], None]):
    people = [make_administrator(), make_administrator()]
    together = Barrier(len(people))
    refusals: list[LastAdministrator] = []

    def leave_together(person: User) -> None:
        try:
            together.wait()
            leave(person)
        except LastAdministrator as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=leave_together, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refusals) == 1
    assert User.objects.active_administrators().count() == 1
