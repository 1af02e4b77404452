"""Sources that ask a database: their pages, for administrators and for others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from config.embedded.processes import free_port
from config.fields import Encrypted
from segments.forms.database import Attempt
from segments.models import Source
from segments.refreshes.advancing import advance
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADD = "/sources/add/database/"
TEST = {
    "action": "look",
    "database_url": "sqlite:///pages.sqlite",
    "query": "SELECT id, email FROM customers",
    "timeout_seconds": "60",
}


@pytest.fixture
def page(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def shop() -> Iterator[None]:
    """Give a database with customers, where operators put them."""
    file = Path(settings.INCOMING_DIR) / "pages.sqlite"
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE customers (id integer, email text, town text)")
        database.execute("INSERT INTO customers VALUES (1, 'ana@example.com', 'Paris')")
        database.commit()
    yield
    file.unlink()


@pytest.fixture
def saved(page: Client, shop: None) -> Source:
    """Return a source that was added, and read by the worker."""
    page.post(ADD, filled(page.post(ADD, TEST), name="Shop"))
    source = Source.objects.get()
    advance(source.refreshes.get())
    source.refresh_from_db()
    return source


def text_of(response: Any) -> str:
    return str(response.content.decode())


def states(response: Any) -> list[str]:
    return [step.state for step in response.context["found"].steps]


def filled(response: Any, **fields: str) -> dict[str, Any]:
    """Return what the forms of a page would send, with some fields filled in."""
    forms = [form for form in (response.context["where"], response.context["form"]) if form]
    data = {field.html_name: field.value() or "" for form in forms for field in form}
    return {**data, "action": "save", **fields}


def edit_address(source: Source) -> str:
    return reverse("segments:edit_source", args=[source.pk])


def test_a_test_shows_its_steps_and_the_first_profiles(page: Client, shop: None) -> None:
    response = page.post(ADD, TEST)

    assert set(states(response)) == {"passed"}
    assert "ana@example.com" in text_of(response)
    assert not Source.objects.exists()


def test_a_query_that_was_tested_becomes_a_source(saved: Source) -> None:
    assert saved.table is not None
    assert saved.table.rows == 1
    assert list(saved.column_types) == ["id", "email"]


def test_nothing_is_saved_that_was_not_tested(page: Client, shop: None) -> None:
    tested = page.post(ADD, TEST)

    changed = page.post(ADD, filled(tested, name="Shop", query="SELECT * FROM customers"))

    assert "Select Test first" in text_of(changed)
    assert not Source.objects.exists()


def test_a_test_that_failed_names_the_step_and_saves_nothing(page: Client, shop: None) -> None:
    failed = page.post(ADD, {**TEST, "query": "SELECT nothing FROM customers"})

    assert states(failed).count("failed") == 1
    refused = page.post(ADD, filled(failed, name="Shop"))
    assert refused.status_code == 200
    assert not Source.objects.exists()


def unreachable() -> dict[str, str]:
    url = f"postgresql://reader@127.0.0.1:{free_port()}/shop"
    return {**TEST, "database_url": url, "database_password": "hunter-2-secret"}


def test_a_typed_password_comes_back_encrypted_only(page: Client, administrator: User) -> None:
    response = page.post(ADD, unreachable())

    sealed = response.context["where"]["sealed"].value()
    assert "hunter-2-secret" not in text_of(response)
    assert "Hidden value" in text_of(response)
    tested = Attempt.unseal(sealed, administrator)
    assert tested is not None
    assert tested.password == "hunter-2-secret"
    assert tested.columns is None


def test_what_was_sealed_for_one_person_is_nothing_to_another(
    page: Client, administrator: User
) -> None:
    sealed = page.post(ADD, unreachable()).context["where"]["sealed"].value()

    assert Attempt.unseal(sealed, make_user(role=User.Role.ADMINISTRATOR)) is None
    assert Attempt.unseal(sealed[:-4] + "AAAA", administrator) is None


def test_a_kept_password_is_not_sent_to_another_server(page: Client) -> None:
    tested = page.post(ADD, unreachable())
    url = f"postgresql://reader@127.0.0.2:{free_port()}/shop"

    sent = filled(tested, action="look", database_url=url, database_password="")
    response = page.post(ADD, sent)

    assert "database_password" in response.context["where"].errors
    assert not response.context["found"].steps


def test_a_password_in_the_address_is_refused_at_its_field(page: Client) -> None:
    url = "postgresql://reader:secret-pass@127.0.0.1/shop"

    response = page.post(ADD, {**TEST, "database_url": url})

    assert "database_url" in response.context["where"].errors


def test_an_administrator_renames_a_source_without_a_new_test(page: Client, saved: Source) -> None:
    response = page.post(edit_address(saved), filled(page.get(edit_address(saved)), name="New"))

    assert response.status_code == 302
    saved.refresh_from_db()
    assert saved.name == "New"


def test_contributors_see_the_columns_and_neither_address_nor_query(
    client: Client, contributor: User, saved: Source
) -> None:
    client.force_login(contributor)

    detail = client.get(reverse("segments:source_detail", args=[saved.pk]))
    edit = client.get(edit_address(saved))

    for response in (detail, edit):
        assert "email" in text_of(response)
        assert "pages.sqlite" not in text_of(response)
        assert "FROM customers" not in text_of(response)


def test_contributors_correct_meanings_and_change_nothing_else(
    client: Client, contributor: User, saved: Source
) -> None:
    client.force_login(contributor)
    sent = filled(client.get(edit_address(saved)), name="Renamed", query="SELECT 1 AS id")

    client.post(edit_address(saved), sent)

    saved.refresh_from_db()
    assert saved.name == "Renamed"
    assert saved.query == TEST["query"]


def test_only_administrators_are_offered_a_database(
    client: Client, contributor: User, administrator: User
) -> None:
    client.force_login(contributor)
    assert ADD not in text_of(client.get("/sources/add/"))
    client.force_login(administrator)
    assert ADD in text_of(client.get("/sources/add/"))


def test_where_a_database_is_stays_with_administrators_also_when_it_fails(
    client: Client, contributor: User, administrator: User, saved: Source
) -> None:
    saved.problem = {"code": "database_unresolvable", "host": "db.secret.example", "port": 5432}
    saved.save()
    address = reverse("segments:source_detail", args=[saved.pk])

    client.force_login(contributor)
    told = text_of(client.get(address))
    client.force_login(administrator)
    known = text_of(client.get(address))

    assert "The database could not be read." in told
    assert "db.secret.example" not in told
    assert "db.secret.example" in known


@pytest.mark.parametrize("role", [User.Role.VIEWER, User.Role.CONTRIBUTOR])
def test_the_pages_of_the_system_keep_to_themselves_where_a_database_is_too(
    client: Client, saved: Source, role: str
) -> None:
    refresh = saved.refreshes.get()
    why = {"code": "database_unresolvable", "host": "db.secret.example", "port": 5432}
    refresh.tasks.update(problem=why, status="failed")
    Source.objects.filter(pk=saved.pk).update(problem=why)
    client.force_login(make_user(role=role))

    details = text_of(client.get(reverse("exports:refresh_detail", args=[refresh.pk])))
    status = text_of(client.get(reverse("exports:status")))

    assert "The database could not be read." in details
    assert "The database could not be read." in status
    assert "db.secret.example" not in details + status


def test_contributors_neither_schedule_nor_remove_a_database(
    client: Client, contributor: User, saved: Source
) -> None:
    client.force_login(contributor)
    remove, schedule = (
        reverse(f"segments:{name}", args=[saved.pk])
        for name in ("remove_source", "schedule_source")
    )

    shown = text_of(client.get(reverse("segments:source_detail", args=[saved.pk])))

    assert remove not in shown
    assert schedule not in shown
    assert client.post(remove).status_code == 404
    assert client.get(schedule).status_code == 404
    assert Source.objects.filter(pk=saved.pk).exists()


def test_a_password_whose_key_is_lost_is_asked_for_again(page: Client, saved: Source) -> None:
    Source.objects.filter(pk=saved.pk).update(database_password=Encrypted("no token"))

    shown = page.get(edit_address(saved))
    response = page.post(edit_address(saved), filled(shown, name="New"))

    assert "Hidden value" not in text_of(shown)
    assert response.status_code == 302
