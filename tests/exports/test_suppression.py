"""Suppression lists: addresses that are never sent, by one export or to a whole account."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from config.storages.stored import own_storage
from exports.addresses import read_addresses
from exports.models import Export, SuppressionList
from exports.retention import delete_old_plans
from exports.suppression import (
    Added,
    TooManyAddresses,
    add_addresses,
    is_suppressed,
    list_of_account,
    list_of_export,
    suppressed_files,
)
from tests.exports.pages import text_of
from tests.factories import (
    make_connection,
    make_export,
    make_segment,
    make_source,
    make_user,
)
from tests.pipeline.conftest import Delivery, people

PASTED = """Ana@Example.com ; bea@example.com

not an address
Cy Dee <cy@example.com>
"""


@pytest.fixture
def export(shared) -> Export:
    return make_export(name="Newsletter", connection=shared, list_id=19)


@pytest.fixture
def address(export) -> str:
    return f"/exports/{export.pk}/suppression/"


def add(to: SuppressionList, *addresses: str) -> Added:
    return add_addresses(to=to, lines=addresses, user=make_user(), now=timezone.now())


def downloaded(client, address) -> list[str]:
    response = client.get(address.removesuffix("/") + ".csv")
    return b"".join(response.streaming_content).decode("utf-8-sig").split()


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a@x.fr", "b@x.fr"], [(1, "a@x.fr"), (2, "b@x.fr")]),
        (["", "  ", "a@x.fr"], [(3, "a@x.fr")]),
        (["a@x.fr, b@x.fr"], [(1, "a@x.fr"), (1, "b@x.fr")]),
        (["a@x.fr", "b@x.fr; c@x.fr"], [(1, "a@x.fr"), (2, "b@x.fr"), (2, "c@x.fr")]),
        (["email", "a@x.fr, b@x.fr"], [(2, "a@x.fr"), (2, "b@x.fr")]),
        (["Ana <a@x.fr>", '"Lima, Bea" <b@x.fr>'], [(1, "a@x.fr"), (2, "b@x.fr")]),
        (["id;E-mail;Nom", "1;a@x.fr;Ana", "2;;Bea"], [(2, "a@x.fr"), (3, "2;;Bea")]),
        (["id,Client Email", '1,"a@x.fr"', "2"], [(2, "a@x.fr"), (3, "2")]),
        (["1\ta@x.fr", "2\tnobody"], [(1, "a@x.fr"), (2, "2\tnobody")]),
        (["\ufeffemail", "a@x.fr"], [(2, "a@x.fr")]),
        (['"a@x.fr', "b@x.fr"], [(1, "a@x.fr"), (2, "b@x.fr")]),
        (["'=a@x.fr", "'a@x.fr"], [(1, "=a@x.fr"), (2, "'a@x.fr")]),
    ],
)
def test_addresses_are_found_in_lines_columns_and_brackets(lines, found):
    assert list(read_addresses(lines)) == found


def test_pasted_addresses_are_added_and_lines_without_any_are_named(
    as_contributor, address, export
):
    page = as_contributor.post(address, {"action": "add", "text": PASTED})

    assert "3 addresses were added. 1 line holds no address. Line What it says 3 not an" in text_of(
        page
    )
    assert downloaded(as_contributor, address) == [
        "email",
        "ana@example.com",
        "bea@example.com",
        "cy@example.com",
    ]
    assert list_of_export(export).addresses == 3


def test_a_file_in_another_encoding_is_read(as_contributor, address):
    text = "Prénom;Courriel\r\nÉlodie;elodie@example.fr\r\nZoë;zoe@example.fr\r\n"
    file = SimpleUploadedFile("désabonnés.csv", text.encode("cp1252"))

    page = as_contributor.post(address, {"action": "add", "file": file}, follow=True)

    assert "2 addresses were added." in text_of(page)


def test_a_file_that_is_no_text_is_refused_in_words(as_contributor, address, export):
    file = SimpleUploadedFile("picture.png", bytes(range(32)) * 100)

    page = as_contributor.post(address, {"action": "add", "file": file})

    assert page.status_code == 200
    assert 'href="#id_file"' in page.content.decode()
    assert not SuppressionList.objects.exists()


def test_nothing_at_all_is_asked_for_again(as_contributor, address):
    page = as_contributor.post(address, {"action": "add"})

    assert "Paste addresses, or choose a file." in text_of(page)


def test_what_was_known_is_counted_and_kept_once(as_contributor, address):
    as_contributor.post(address, {"action": "add", "text": "ana@example.com"})

    page = as_contributor.post(
        address,
        {"action": "add", "text": "ANA@example.com bea@example.com".replace(" ", "\n")},
        follow=True,
    )

    assert "1 address was added. 1 was on the list already." in text_of(page)


def test_an_address_is_looked_up_and_removed(as_contributor, address):
    as_contributor.post(address, {"action": "add", "text": "ana@example.com\nbea@example.com"})

    found = as_contributor.post(address, {"action": "look_up", "email": " Ana@example.com "})
    assert "Ana@example.com is on the list: it is never sent." in text_of(found)
    removed = as_contributor.post(
        address, {"action": "remove", "email": "Ana@example.com"}, follow=True
    )
    assert "The address is off the list" in text_of(removed)
    again = as_contributor.post(address, {"action": "look_up", "email": "ana@example.com"})

    assert "ana@example.com is not on the list." in text_of(again)
    assert downloaded(as_contributor, address) == ["email", "bea@example.com"]


def test_the_list_is_emptied_after_asking(as_contributor, address, export):
    as_contributor.post(address, {"action": "add", "text": "ana@example.com"})
    question = as_contributor.get(f"{address}empty/")
    assert "1 address may be sent again" in text_of(question)

    [version] = re.findall(r'name="version" value="(\d+)"', question.content.decode())
    as_contributor.post(f"{address}empty/", {"version": version})

    assert list_of_export(export).addresses == 0
    assert suppressed_files(export, "acme.api-us1.com") == []


def test_a_list_that_changed_meanwhile_is_not_emptied(as_contributor, address, export):
    as_contributor.post(address, {"action": "add", "text": "ana@example.com"})
    version = list_of_export(export).version
    as_contributor.post(address, {"action": "add", "text": "bea@example.com"})

    page = as_contributor.post(f"{address}empty/", {"version": version})

    assert "Somebody changed the list meanwhile." in text_of(page)
    assert "2 addresses may be sent again" in text_of(page)
    assert list_of_export(export).addresses == 2


def test_two_people_who_add_at_once_both_add(export):
    opened = list_of_export(export)
    also_opened = list_of_export(export)

    add(opened, "ana@example.com")
    add(also_opened, "bea@example.com")

    now = list_of_export(export)
    assert now.addresses == 2
    assert is_suppressed(now, "ana@example.com")
    assert is_suppressed(now, "bea@example.com")


def test_a_list_that_would_be_too_long_stays_as_it_is(export, settings, as_contributor, address):
    settings.MAX_SUPPRESSED = 2
    add(list_of_export(export), "ana@example.com")

    with pytest.raises(TooManyAddresses):
        add(list_of_export(export), "bea@example.com", "cy@example.com")
    page = as_contributor.post(address, {"action": "add", "text": "b@x.fr\nc@x.fr"})

    assert "The list would hold 3 addresses" in text_of(page)
    assert list_of_export(export).addresses == 1


def test_the_list_of_an_account_holds_for_all_its_connections(as_administrator, shared, export):
    other = make_connection(host=shared.host, name="Second key")

    as_administrator.post(
        f"/connections/{other.pk}/suppression/", {"action": "add", "text": "ana@example.com"}
    )

    assert list_of_account(shared.host).addresses == 1
    assert suppressed_files(export, shared.host) == [list_of_account(shared.host).file]
    assert suppressed_files(export, "other.api-us1.com") == []


def test_contributors_see_how_many_the_account_has_and_not_which(
    as_contributor, shared, export, address
):
    add(list_of_account(shared.host), "secret@example.com")

    page = as_contributor.get(address)
    found = as_contributor.post(address, {"action": "look_up", "email": "secret@example.com"})

    assert "1 more address Administrators manage them." in text_of(page)
    assert "secret" not in text_of(page)
    assert "It is on the list of the whole account" in text_of(found)
    assert as_contributor.get(f"/connections/{shared.pk}/suppression/").status_code == 403


def test_the_page_of_an_export_says_how_many_are_never_sent(as_viewer, shared, export):
    add(list_of_account(shared.host), "ana@example.com")
    add(list_of_export(export), "bea@example.com")

    page = as_viewer.get(f"/exports/{export.pk}/")

    assert "2 addresses are never sent." in text_of(page)
    assert f"/exports/{export.pk}/suppression/" not in page.content.decode()


def test_who_may_not_edit_the_export_does_not_see_its_list(as_contributor, as_viewer):
    export = make_export()

    assert as_contributor.get(f"/exports/{export.pk}/suppression/").status_code == 404
    assert as_viewer.get(f"/exports/{export.pk}/suppression/").status_code == 403


def test_who_is_on_either_list_is_not_sent(shared, sandbox):
    export = make_export(
        [make_segment(make_source(people(3)))],
        connection=shared,
        list_id=19,
        mapping=[{"column": "email", "target": "email"}],
    )
    add(list_of_account(shared.host), "P0@example.test")
    add(list_of_export(export), "p1@example.test")

    run = Delivery(export, sandbox, 19).run()

    assert (run.accepted, run.held_reasons) == (1, {"suppressed": 2})
    assert sandbox.contacts_on(19).keys() == {"p2@example.test"}


def test_files_of_before_are_deleted_when_nobody_reads_them_any_more(export):
    add(list_of_export(export), "ana@example.com")
    before = list_of_export(export).file
    add(list_of_export(export), "bea@example.com")

    delete_old_plans(now=timezone.now() + timedelta(days=2))

    kept = {file.name for file in own_storage().walk("suppression")}
    assert before not in kept
    assert list_of_export(export).file in kept
