"""The list of connections, and who may see it."""

from __future__ import annotations

import pytest

from config.secrets import make_encryption_key
from connections.models import Connection, Consent
from exports.models import Export
from tests.connections.browsing import visit
from tests.factories import make_connection, make_user

LIST = "/connections/"


def order(page, *names: str) -> list[str]:
    return sorted(names, key=page.html.partition("<tbody>")[2].index)


def test_without_connections_the_list_says_what_they_are_for(ada):
    page = visit(ada, LIST)

    assert "No connection yet" in page.words
    assert "Exports need one." in page.words


def test_every_connection_is_shown_with_all_about_it_but_its_key(ada):
    connection = make_connection(name="Newsletter", visibility="contributors")
    Export.objects.create(name="All", connection=connection, list_id=1)
    Export.objects.create(name="Some", connection=connection, list_id=1)

    page = visit(ada, LIST)

    for words in (
        "Newsletter",
        "Administrators and contributors",
        "acme.api-us1.com",
        "Anna (anna@acme.example)",
        connection.export_user.email,
        "Ready",
    ):
        assert words in page.words
    assert page.html.count(">2</td>") == 1
    assert connection.api_key not in page.html


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda row: row.export_user.delete(), "is no active administrator any more"),
        (lambda row: Consent.objects.all().delete(), "Nobody has agreed to today’s privacy text"),
        (
            lambda row: Connection.objects.update(host="acme.example"),
            "Nobody has agreed to today’s privacy text",
        ),
    ],
)
def test_what_stops_a_connection_is_said_with_what_to_do(ada, spoil, words):
    spoil(make_connection())

    page = visit(ada, LIST)

    assert "1 connection needs attention" in page.words
    assert words in page.words
    assert "Edit the connection" in page.words


def test_a_key_that_cannot_be_decrypted_stops_its_connection_and_not_the_list(ada, settings):
    make_connection(name="Lost")
    settings.FIELD_ENCRYPTION_KEYS = [make_encryption_key()]
    make_connection(name="Kept")

    page = visit(ada, LIST)

    assert "The stored API key cannot be decrypted." in page.words
    assert "Ready" in page.words


def test_a_host_that_the_settings_no_longer_allow_stops_its_connection(ada, settings):
    make_connection()
    settings.ACTIVECAMPAIGN_HOST_SUFFIXES = ("api-eu1.com",)

    page = visit(ada, LIST)

    assert "acme.api-us1.com is not among the host names" in page.words


@pytest.mark.parametrize(
    "column",
    [
        "name",
        "visibility",
        "host",
        "key_owner",
        "created",
        "export_user",
        "state",
        "used_by",
        "nonsense",
    ],
)
def test_the_list_can_be_sorted_by_every_column_both_ways(ada, column):
    first = make_connection(name="Alpha", host="a.api-us1.com", key_owner="Ann")
    last = make_connection(
        name="omega",
        host="z.api-us1.com",
        key_owner="Zoe",
        visibility="contributors",
        export_user=make_user(role="administrator", email="zoe@example.test"),
    )
    Export.objects.create(name="One", connection=last, list_id=1)
    Consent.objects.filter(connection=first).delete()

    up = visit(ada, f"{LIST}?sort={column}")
    down = visit(ada, f"{LIST}?sort=-{column}")

    assert order(up, "Alpha", "omega") == ["Alpha", "omega"]
    if column != "nonsense":
        assert order(down, "Alpha", "omega") == ["omega", "Alpha"]


def test_the_search_finds_words_in_any_case_and_says_when_there_is_nothing(ada):
    make_connection(name="Été")
    make_connection(name="Winter")

    found = visit(ada, f"{LIST}?q=éTÉ")
    nothing = visit(ada, f"{LIST}?q=autumn")

    assert "Été" in found.words
    assert "Winter" not in found.words
    assert "No connection fits" in nothing.words
    assert "Show everything" in nothing.words


def test_many_connections_take_as_few_queries_as_one(ada, django_assert_num_queries):
    make_connection()
    with django_assert_num_queries(5):
        ada.get(LIST)
    for _ in range(5):
        make_connection()

    with django_assert_num_queries(5):
        ada.get(LIST)


@pytest.mark.parametrize("role", ["viewer", "contributor"])
@pytest.mark.parametrize("visibility", ["administrators", "contributors"])
def test_nobody_else_may_list_add_or_edit_connections(client, db, role, visibility):
    connection = make_connection(visibility=visibility)
    client.force_login(make_user(role=role))
    addresses = (
        LIST,
        "/connections/add/",
        "/connections/add/export-user/",
        f"/connections/{connection.pk}/edit/",
        f"/connections/{connection.pk}/edit/export-user/",
    )

    answers = [client.get(address) for address in addresses]
    posted = client.post(addresses[3], {"action": "save"})

    assert {answer.status_code for answer in [*answers, posted]} == {403}
    assert not any(connection.host in answer.content.decode() for answer in answers)


def test_a_connection_that_is_not_there_is_not_found(ada):
    assert ada.get("/connections/999/edit/").status_code == 404
    assert ada.get("/connections/999/edit/export-user/").status_code == 404


@pytest.mark.django_db
def test_contributors_may_use_what_is_shared_and_viewers_nothing(contributor, viewer):
    shared = make_connection(visibility="contributors")
    make_connection()

    assert list(Connection.objects.usable_by(contributor)) == [shared]
    assert not Connection.objects.usable_by(viewer).exists()
    assert not Connection.objects.manageable_by(contributor).exists()
