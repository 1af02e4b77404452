"""Uploading a file, checking what it holds, and making a source of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Source, Upload
from segments.refreshes.advancing import advance
from tests.factories import make_segment, make_source, make_upload, make_user

pytestmark = pytest.mark.django_db
ADD = "/sources/add/upload/"


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


def csv(text: str = "id,email\n1,ana@example.com\n") -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", text.encode(), content_type="text/csv")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def send(page: Client, text: str, to: str = ADD) -> str:
    """Upload a file and return the address of the page that checks it."""
    return str(page.post(to, {"file": csv(text)})["Location"])


def filled(page: Client, address: str, **fields: str) -> dict[str, Any]:
    """Return what the form of a page would send, with some fields filled in."""
    form = page.get(address).context["form"]
    data = {field.html_name: field.value() or "" for field in form}
    return {**data, "name": "People", "action": "save", **fields}


def meaning(page: Client, address: str, column: str) -> str:
    """Return the name of the field that says what a column means."""
    columns = page.get(address).context["columns"]
    return next(str(each.meaning.html_name) for each in columns if each.name == column)


def read(source: Source) -> Source:
    """Do what a worker does with a source that waits for it."""
    advance(source.refreshes.latest("pk"))
    source.refresh_from_db()
    return source


def test_a_file_is_checked_saved_and_read_by_the_worker(page: Client) -> None:
    check = send(page, "id;email\n1;ana@example.com\n")

    response = page.post(check, filled(page, check), follow=True)

    source = Source.objects.get()
    assert "Waiting for its turn…" in text_of(response)
    read(source)
    shown = text_of(page.get(reverse("segments:source_detail", args=[source.pk])))
    assert "ana@example.com" in shown
    assert source.key_column == "id"
    assert not Upload.objects.exists()


def test_what_was_detected_is_shown_before_anything_is_saved(page: Client) -> None:
    check = send(page, "id;email\n1;ana@example.com\n")

    shown = text_of(page.get(check))

    assert "Detected: Semicolon" in shown
    assert "ana@example.com" in shown
    assert not Source.objects.exists()


def test_another_separator_redraws_the_preview_and_keeps_the_name(page: Client) -> None:
    check = send(page, "id,email;town\n1,ana@example.com;Paris\n")
    data = {"action": "look", "name": "My people"}

    commas = page.post(check, {**data, "delimiter": ","})
    semicolons = page.post(check, {**data, "delimiter": ";"})

    assert commas.context["names"] == ["id", "email;town"]
    assert semicolons.context["names"] == ["id,email", "town"]
    assert 'value="My people"' in text_of(semicolons)
    assert not Source.objects.exists()


def test_what_was_typed_survives_a_look_that_fails(page: Client) -> None:
    check = send(page, "born,email\n01/02/2000,ana@example.com\n")
    typed = filled(page, check, action="look", **{meaning(page, check, "born"): "date:mdy"})

    refused = page.post(check, {**typed, "encoding": "utf-16"})
    carried = dict(refused.context["carried"])
    again = page.post(check, {**carried, "action": "look"})

    assert refused.context["form"] is None
    assert carried["name"] == "People"
    assert again.context["columns"][0].meaning.value() == "date:mdy"


def test_what_was_said_of_the_columns_is_saved(page: Client) -> None:
    check = send(page, "born,email\n01/02/2000,ana@example.com\n")
    born = meaning(page, check, "born")
    described = born.replace("meaning", "description")

    page.post(check, filled(page, check, **{born: "date:mdy", described: "Her birthday"}))

    source = read(Source.objects.get())
    meant = {"type": "date", "format": "mdy", "description": "Her birthday"}
    assert source.columns[0].items() >= meant.items()


def test_no_key_is_none_even_where_one_could_be_found(page: Client) -> None:
    check = send(page, "id,email\n1,ana@example.com\n")

    page.post(check, filled(page, check, key_column=""))

    assert read(Source.objects.get()).key_column == ""


def test_a_file_that_cannot_be_read_is_refused_where_it_is_shown(page: Client) -> None:
    check = send(page, "a,b\n1\n")

    response = page.get(check)

    assert "Row 2" in text_of(response)
    assert page.post(check, {"action": "save", "name": "People"}).status_code == 200
    assert not Source.objects.exists()
    assert Upload.objects.exists()


def test_an_empty_file_is_told_in_our_words(page: Client) -> None:
    assert "The file is empty." in text_of(page.get(send(page, "")))


def test_a_file_over_the_limit_is_refused(page: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 5

    response = page.post(ADD, {"file": csv()})

    assert "The file is larger than" in text_of(response)
    assert not Upload.objects.exists()


def test_with_scripts_the_browser_is_sent_to_the_check(page: Client) -> None:
    response = page.post(ADD, {"file": csv()}, headers={"HX-Request": "true"})

    upload = Upload.objects.get()
    assert response["HX-Redirect"] == reverse("segments:check_upload", args=[upload.pk])


def test_cancelling_deletes_the_file(page: Client, contributor: User) -> None:
    upload = make_upload(created_by=contributor)

    response = page.post(reverse("segments:cancel_upload", args=[upload.pk]))

    assert response["Location"] == reverse("segments:sources")
    assert not Upload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_file_leaves_the_storage(page: Client, contributor: User) -> None:
    upload = make_upload(created_by=contributor)

    page.post(reverse("segments:cancel_upload", args=[upload.pk]))

    assert not default_storage.exists(upload.file)


def test_only_who_uploaded_a_file_and_administrators_see_it(
    client: Client, contributor: User, administrator: User
) -> None:
    upload = make_upload(created_by=contributor)
    address = reverse("segments:check_upload", args=[upload.pk])

    client.force_login(make_user(role=User.Role.CONTRIBUTOR))
    assert client.get(address).status_code == 404
    client.force_login(administrator)
    assert client.get(address).status_code == 200


def test_a_file_that_became_a_source_leads_to_it(page: Client) -> None:
    check = send(page, "id,email\n1,ana@example.com\n")
    page.post(check, filled(page, check))

    response = page.get(check)

    source = Source.objects.get()
    assert response["Location"] == reverse("segments:source_detail", args=[source.pk])


def test_a_name_that_is_taken_is_told_at_its_field(page: Client) -> None:
    make_source(name="People")
    check = send(page, "id,email\n1,ana@example.com\n")

    response = page.post(check, filled(page, check))

    assert response.context["form"].errors["name"] == [
        "Another source has this name. Choose another one."
    ]


def replacing(source: Source) -> str:
    return reverse("segments:replace_file", args=[source.pk])


def test_a_new_file_shows_what_would_be_different_before_it_replaces_anything(
    page: Client,
) -> None:
    source = make_source()
    check = send(page, "id,email,town\n7,zoe@example.com,Paris\n", to=replacing(source))

    shown = page.get(check)

    assert shown.context["comparison"].new == ["town"]
    assert shown.context["comparison"].gone == ["country"]
    assert "No segment and no export uses the columns that are gone." in text_of(shown)

    page.post(check, {"action": "save"})

    read(source)
    shown = page.get(reverse("segments:source_detail", args=[source.pk]))
    assert "zoe@example.com" in text_of(shown)
    assert "1 profile added." in text_of(shown)
    assert "2 profiles removed." in text_of(shown)
    assert "New column: town." in text_of(shown)
    assert "Column gone: country." in text_of(shown)


def test_a_new_file_that_lacks_a_used_column_names_its_user_and_replaces_nothing(
    page: Client,
) -> None:
    rule = {
        "version": 1,
        "match": "all",
        "conditions": [{"column": "country", "operator": "not_empty"}],
    }
    segment = make_segment(name="Located", rule=rule)
    check = send(page, "id,email\n1,ana@example.com\n", to=replacing(segment.source))

    assert "The segment “Located” uses “country”." in text_of(page.get(check))
    page.post(check, {"action": "save"})

    assert not segment.source.refreshes.exists()


def test_a_new_file_is_for_uploaded_sources_only(page: Client) -> None:
    source = make_source(kind=Source.Kind.FILES)

    assert page.get(replacing(source)).status_code == 404
    check = send(page, "id,email\n1,ana@example.com\n")
    assert page.get(f"{check}?source={source.pk}").status_code == 404
    assert page.get(f"{check}?source=x").status_code == 404
