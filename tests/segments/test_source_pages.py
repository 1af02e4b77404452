"""Pages of sources, as people of each role use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Source
from tests.factories import make_segment, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


def csv(text: str = "id,email\n1,ana@example.com\n") -> SimpleUploadedFile:
    return SimpleUploadedFile("people.csv", text.encode(), content_type="text/csv")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_file_over_the_limit_is_refused(page: Client, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 5

    response = page.post(reverse("segments:add_source"), {"name": "People", "file": csv()})

    assert "The file is larger than" in text_of(response)


def edited(source: Source, **fields: Any) -> dict[str, Any]:
    columns = {f"column-{n}": column["type"] for n, column in enumerate(source.columns)}
    return {"name": source.name, "key_column": "", "version": source.version, **columns, **fields}


def test_meanings_are_corrected(page: Client) -> None:
    source = make_source([{"born": "01/02/2000"}])

    page.post(
        reverse("segments:edit_source", args=[source.pk]),
        edited(source, **{"column-0": "date:mdy"}),
    )

    source.refresh_from_db()
    assert source.columns == [{"name": "born", "type": "date", "format": "mdy"}]


def test_a_bad_key_is_refused_at_its_field(page: Client) -> None:
    source = make_source([{"id": "1", "n": "x"}, {"id": "1", "n": "y"}])

    response = page.post(
        reverse("segments:edit_source", args=[source.pk]), edited(source, key_column="id")
    )

    assert "rows 2 and 3 both have “1”" in response.context["form"].errors["key_column"][0]


def test_what_somebody_else_saved_is_not_overwritten_unseen(page: Client) -> None:
    source = make_source()
    form = edited(source, name="Mine")
    Source.objects.update(version=source.version + 1)

    response = page.post(reverse("segments:edit_source", args=[source.pk]), form)

    assert "Changed in the meantime" in text_of(response)
    assert 'value="Mine"' in text_of(response)
    again = page.post(
        reverse("segments:edit_source", args=[source.pk]),
        {**form, "version": response.context["form"]["version"].value()},
    )
    assert again.status_code == 302
    assert Source.objects.get().name == "Mine"


def test_a_source_in_use_cannot_be_removed_and_names_its_segments(page: Client) -> None:
    segment = make_segment(name="Everybody")
    address = reverse("segments:remove_source", args=[segment.source.pk])

    response = page.post(address)

    assert "Everybody" in text_of(response)
    assert Source.objects.exists()


def test_an_unused_source_is_removed(page: Client) -> None:
    source = make_source()

    page.post(reverse("segments:remove_source", args=[source.pk]))

    assert not Source.objects.exists()


def test_a_source_whose_file_is_gone_still_has_a_page(page: Client, data_folder: Path) -> None:
    source = make_source(name="Lost")
    assert source.table is not None
    (data_folder / "files" / source.table.file).unlink()

    response = page.get(reverse("segments:source_detail", args=[source.pk]))

    assert "The stored file of “Lost” is missing." in text_of(response)


def test_viewers_look_and_do_not_touch(client: Client, viewer: User) -> None:
    source = make_source()
    client.force_login(viewer)

    assert client.get(reverse("segments:sources")).status_code == 200
    shown = client.get(reverse("segments:source_detail", args=[source.pk]))
    assert reverse("segments:edit_source", args=[source.pk]) not in text_of(shown)
    for name in ("replace_file", "edit_source", "remove_source"):
        address = reverse(f"segments:{name}", args=[source.pk])
        assert client.get(address).status_code == 403, name
    assert client.get(reverse("segments:add_source")).status_code == 403


def test_the_list_takes_as_many_queries_for_many_sources_as_for_one(
    page: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_source()

    with django_assert_max_num_queries(4):
        page.get(reverse("segments:sources"))
