"""*Manage exports*: a segment is added to exports and taken off them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections.models import Connection
from exports.models import Export
from segments.models import Segment
from tests.factories import make_connection, make_export, make_segment, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def shared(db: None) -> Connection:
    return make_connection(visibility="contributors")


def address(segment: Segment, do: str = "of") -> str:
    return reverse(f"exports:{do}_segment", args=[segment.pk])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_exports_that_contain_the_segment_come_first(page: Client, shared: Connection) -> None:
    segment = make_segment()
    without_it = make_export(name="Anniversaries", connection=shared)
    with_it = make_export([segment], name="Newsletter", connection=shared)

    response = page.get(address(segment))

    assert list(response.context["page"]) == [with_it, without_it]
    assert f"{reverse('exports:add')}?segment={segment.pk}" in text_of(response)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"contains": "yes"}, "Newsletter"),
        ({"contains": "no"}, "Birthdays"),
        ({"q": "birth"}, "Birthdays"),
    ],
)
def test_they_are_found_by_name_and_by_whether_they_contain_it(
    page: Client, shared: Connection, asked: dict[str, str], found: str
) -> None:
    segment = make_segment()
    make_export([segment], name="Newsletter", connection=shared)
    make_export(name="Birthdays", connection=shared)

    response = page.get(address(segment), asked)

    assert [export.name for export in response.context["page"]] == [found]


def test_a_segment_is_added_and_the_form_somebody_has_open_will_know(
    page: Client, contributor: User, shared: Connection
) -> None:
    segment, export = make_segment(), make_export(connection=shared)

    shown = page.post(address(segment, "add"), {"export": export.pk}, follow=True)

    changed = Export.objects.get()
    assert segment in changed.segments.all()
    assert (changed.version, changed.updated_by) == (export.version + 1, contributor)
    assert f"“{export}” sends “{segment}” too." in text_of(shown)


def test_a_segment_is_taken_off_and_the_others_stay(page: Client, shared: Connection) -> None:
    segment, other = make_segment(), make_segment()
    export = make_export([segment, other], connection=shared)

    shown = page.post(address(segment, "remove"), {"export": export.pk}, follow=True)

    assert list(export.segments.all()) == [other]
    assert f"“{export}” no longer sends “{segment}”." in text_of(shown)


def test_the_last_segment_stays(page: Client, shared: Connection) -> None:
    segment = make_segment()
    export = make_export([segment], connection=shared)

    offered = text_of(page.get(address(segment)))
    shown = page.post(address(segment, "remove"), {"export": export.pk}, follow=True)

    assert address(segment, "remove") not in offered
    assert f"“{segment}” is the only segment of “{export}”." in text_of(shown)
    assert list(export.segments.all()) == [segment]


def test_a_source_that_lacks_what_the_export_sends_is_refused_by_name(
    page: Client, shared: Connection
) -> None:
    mapping = [
        {"column": "email", "target": "email"},
        {"column": "country", "target": "field:1"},
        {"column": "town", "target": "field:2"},
    ]
    export = make_export(connection=shared, mapping=mapping)
    segment = make_segment(make_source([{"id": "1", "email": "ana@example.com"}]))

    offered = text_of(page.get(address(segment)))
    shown = page.post(address(segment, "add"), {"export": export.pk}, follow=True)

    assert address(segment, "add") not in offered
    assert "lacks columns that it sends: country, town" in offered
    assert "its source has no column “country” and “town”" in text_of(shown)
    assert segment not in export.segments.all()


def test_too_many_members_are_warned_of(page: Client, shared: Connection, settings: Any) -> None:
    settings.MAX_MEMBERS = 3
    segment, export = make_segment(), make_export(connection=shared)

    shown = page.post(address(segment, "add"), {"export": export.pk}, follow=True)

    assert "now hold 4 members, more than one export takes" in text_of(shown)


@pytest.mark.parametrize("do", ["add", "remove"])
@pytest.mark.parametrize("export", ["", "x", "999", "-1", "9" * 30])
def test_an_export_that_is_none_is_not_found(page: Client, do: str, export: str) -> None:
    assert page.post(address(make_segment(), do), {"export": export}).status_code == 404


@pytest.mark.parametrize("do", ["add", "remove"])
def test_who_may_not_edit_an_export_finds_no_way_to_change_it(page: Client, do: str) -> None:
    segment, other = make_segment(), make_segment()
    export = make_export([segment, other])  # its connection is for administrators

    offered = text_of(page.get(address(segment)))
    answer = page.post(address(segment, do), {"export": export.pk})

    assert address(segment, do) not in offered
    assert "View only" in offered
    assert answer.status_code == 404
    assert set(export.segments.all()) == {segment, other}


def test_viewers_look_and_do_not_touch(client: Client, viewer: User) -> None:
    segment = make_segment()
    make_export([segment])
    client.force_login(viewer)

    shown = text_of(client.get(address(segment)))

    assert reverse("exports:add") not in shown
    assert address(segment, "add") not in shown
    assert address(segment, "remove") not in shown


def test_the_page_takes_as_many_queries_for_many_exports_as_for_few(
    page: Client, shared: Connection, django_assert_num_queries: Callable[..., Any]
) -> None:
    segment = make_segment()

    def grow() -> None:
        make_export([segment, make_segment()], connection=shared)
        make_export(connection=shared)

    grow()
    with django_assert_num_queries(6):
        page.get(address(segment))
    grow()
    grow()
    with django_assert_num_queries(6):
        page.get(address(segment))
