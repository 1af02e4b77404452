"""Pages of sources, as people of each role use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Refresh, Source
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from segments.sources.history import in_words
from tests.factories import NOW, make_export, make_segment, make_source, make_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def detail(source: Source) -> str:
    return reverse("segments:source_detail", args=[source.pk])


def edited(response: Any, **fields: Any) -> dict[str, Any]:
    """Return what the form of a page would send, with some fields changed."""
    context = response.context
    forms = [form for form in (context["where"], context["form"]) if form]
    data = {field.html_name: field.value() or "" for form in forms for field in form}
    return {**data, "action": "save", **fields}


def edit(page: Client, source: Source, **fields: Any) -> Any:
    address = reverse("segments:edit_source", args=[source.pk])
    return page.post(address, edited(page.get(address), **fields))


def meaning(page: Client, source: Source, column: str) -> str:
    """Return the name of the field that says what a column means."""
    address = reverse("segments:edit_source", args=[source.pk])
    columns = page.get(address).context["columns"]
    return next(str(each.meaning.html_name) for each in columns if each.name == column)


def test_meanings_and_descriptions_are_corrected(page: Client) -> None:
    source = make_source([{"born": "01/02/2000"}])
    born = meaning(page, source, "born")

    edit(page, source, **{born: "date:mdy", born.replace("meaning", "description"): "Birthday"})

    source.refresh_from_db()
    meant = {"type": "date", "format": "mdy", "description": "Birthday"}
    assert source.columns[0].items() >= meant.items()


def test_a_bad_key_is_refused_at_its_field(page: Client) -> None:
    source = make_source([{"id": "1", "n": "x"}, {"id": "1", "n": "y"}])

    response = edit(page, source, key_column="id")

    assert "rows 2 and 3 both have “1”" in response.context["form"].errors["key_column"][0]


def test_a_meaning_that_a_segment_relies_on_stays(page: Client) -> None:
    rule = {
        "version": 1,
        "match": "all",
        "conditions": [{"column": "orders", "operator": "greater", "value": "3"}],
    }
    source = make_source([{"orders": "1"}, {"orders": "5"}])
    make_segment(source, name="Regulars", rule=rule)

    response = edit(page, source, **{meaning(page, source, "orders"): "yes_no"})

    assert "“Regulars”" in text_of(response)
    source.refresh_from_db()
    assert source.column_types == {"orders": "number"}


def test_what_somebody_else_saved_is_not_overwritten_unseen(page: Client) -> None:
    source = make_source()
    address = reverse("segments:edit_source", args=[source.pk])
    form = edited(page.get(address), name="Mine")
    Source.objects.update(version=source.version + 1)

    response = page.post(address, form)

    assert "Changed in the meantime" in text_of(response)
    assert 'value="Mine"' in text_of(response)
    again = page.post(address, {**form, "version": response.context["form"]["version"].value()})
    assert again.status_code == 302
    assert Source.objects.get().name == "Mine"


def test_a_failed_first_reading_can_be_read_another_way(page: Client) -> None:
    source = Source.objects.create(
        name="People", upload=make_upload([{"a;b": "1;2"}]), reading={"delimiter": ","}
    )

    address = reverse("segments:edit_source", args=[source.pk])

    shown = page.post(address, {"action": "look", "delimiter": ";"})
    page.post(address, edited(shown))

    advance(source.refreshes.get())
    source.refresh_from_db()
    assert list(source.column_types) == ["a", "b"]


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

    response = page.get(detail(source))

    assert "The stored file of “Lost” is missing." in text_of(response)


def test_a_source_tells_who_uses_it(page: Client) -> None:
    segment = make_segment(name="Everybody")
    make_export([segment], name="Newsletter")

    shown = text_of(page.get(detail(segment.source)))
    listed = text_of(page.get(reverse("segments:sources")))

    assert "Everybody" in shown
    assert "Newsletter" in shown
    assert "1 segment, 1 export" in listed


def test_a_source_is_refreshed_on_demand_once(page: Client) -> None:
    source = make_source()
    address = reverse("segments:refresh_source", args=[source.pk])

    page.post(address)
    response = page.post(address, follow=True)

    assert source.refreshes.get().trigger == Refresh.Trigger.ON_DEMAND
    assert "being refreshed already" in text_of(response)


def poll(page: Client, source: Source) -> Any:
    headers = {"HX-Request": "true", "HX-Target": "source-state"}
    return page.get(detail(source), headers=headers)


def test_the_page_asks_for_its_state_until_the_source_is_read(page: Client) -> None:
    source = Source.objects.create(name="People", upload=make_upload())
    refresh = start_refresh(trigger=Refresh.Trigger.UPLOAD, source=source, now=NOW)

    waiting = poll(page, source)
    advance(refresh)
    done = poll(page, source)

    assert waiting.status_code == 200
    assert 'hx-trigger="every 2s"' in text_of(waiting)
    assert "<table" not in text_of(waiting)
    assert done.status_code == 286
    assert done["HX-Retarget"] == "#source"
    assert "ana@example.com" in text_of(done)
    assert "hx-trigger" not in text_of(done)


def test_a_file_that_could_not_be_read_says_why_and_what_to_do(page: Client) -> None:
    source = make_source(key_column="id")
    source.upload = make_upload([{"id": "1", "email": "a", "country": ""}] * 2)
    source.save()
    advance(start_refresh(trigger=Refresh.Trigger.UPLOAD, source=source, now=NOW))

    shown = text_of(page.get(detail(source)))

    assert "rows 2 and 3 both have “1”" in shown
    assert "the profiles of the one before are still in use" in shown
    assert "ana@example.com" in shown

    page.post(reverse("segments:discard_upload", args=[source.pk]))

    source.refresh_from_db()
    assert source.upload is None
    assert source.problem is None


def test_viewers_look_and_do_not_touch(client: Client, viewer: User) -> None:
    source = make_source()
    client.force_login(viewer)

    assert client.get(reverse("segments:sources")).status_code == 200
    shown = client.get(detail(source))
    assert reverse("segments:edit_source", args=[source.pk]) not in text_of(shown)
    assert reverse("segments:refresh_source", args=[source.pk]) not in text_of(shown)
    for name in ("replace_file", "edit_source", "remove_source"):
        address = reverse(f"segments:{name}", args=[source.pk])
        assert client.get(address).status_code == 403, name
    assert client.get(reverse("segments:add_source")).status_code == 403


def test_the_list_takes_as_many_queries_for_many_sources_as_for_one(
    page: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        make_export([make_segment()])

    with django_assert_max_num_queries(7):
        page.get(reverse("segments:sources"))


def test_a_source_takes_as_many_queries_for_many_segments_as_for_one(
    page: Client, django_assert_max_num_queries: Any
) -> None:
    source = make_source()
    for _ in range(4):
        make_export([make_segment(source)])

    with django_assert_max_num_queries(12):
        page.get(detail(source))


def test_changes_are_told_in_words() -> None:
    said = in_words(
        {
            "rows_before": 10,
            "rows_added": 1200,
            "rows_removed": 1,
            "columns_added": ["town", "zip"],
            "columns_gone": ["city"],
            "types_changed": [{"column": "born", "before": "date", "now": "text"}],
        }
    )

    assert said == [
        "1,200 profiles added.",
        "1 profile removed.",
        "New columns: town, zip.",
        "Column gone: city.",
        "“born” looks like Text now, and was Date.",
    ]


def test_without_a_key_only_the_number_before_is_told() -> None:
    changes: Any = {
        "rows_before": 10,
        "rows_added": None,
        "rows_removed": None,
        "columns_added": [],
        "columns_gone": [],
        "types_changed": [],
    }

    assert in_words(changes) == ["10 profiles before."]
    assert in_words({**changes, "rows_added": 0, "rows_removed": 0}) == [
        "The same profiles and columns as before."
    ]
