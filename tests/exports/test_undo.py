"""What was done can be taken back from the message that says so."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from config.undo import undo_of
from segments.models import Segment
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export, make_segment, make_source, make_user

pytestmark = pytest.mark.django_db


class _UndoForm(HTMLParser):
    """Reads the form inside a message."""

    def __init__(self) -> None:
        super().__init__()
        self.address = ""
        self.values: dict[str, list[str]] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("class") == "toast-undo":
            self._inside, self.address = True, given["action"]
        elif tag == "input" and self._inside:
            self.values.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


def post(browser: Client, address: str, **values: Any) -> Any:
    return browser.post(address, values, follow=True)


def undo(browser: Client, page: Any) -> Any:
    """Press Undo on a page."""
    form = _UndoForm()
    form.feed(page.content.decode())
    assert form.address, "no message offers to take anything back"
    return browser.post(form.address, form.values, follow=True)


def test_a_segment_that_was_deactivated_is_active_again(as_contributor: Client) -> None:
    segment = make_segment()
    page = post(as_contributor, f"/segments/{segment.pk}/deactivate/")
    segment.refresh_from_db()
    assert not segment.is_active

    undo(as_contributor, page)

    segment.refresh_from_db()
    assert segment.is_active


def test_taking_back_can_be_taken_back(as_contributor: Client) -> None:
    segment = make_segment()
    page = post(as_contributor, f"/segments/{segment.pk}/static/")

    undo(as_contributor, undo(as_contributor, page))

    segment.refresh_from_db()
    assert segment.kind == Segment.Kind.STATIC


def test_only_the_segments_that_were_changed_are_changed_back(as_contributor: Client) -> None:
    source = make_source()
    active, inactive = make_segment(source), make_segment(source, is_active=False)
    keys = [active.pk, inactive.pk]

    page = post(as_contributor, "/segments/bulk/", segment=keys, do="deactivate", confirmed="yes")
    undo(as_contributor, page)

    states = dict(Segment.objects.values_list("pk", "is_active"))
    assert states == {active.pk: True, inactive.pk: False}


def test_what_changed_nothing_offers_nothing_to_take_back(as_contributor: Client) -> None:
    segment = make_segment(is_active=False)

    page = post(
        as_contributor,
        "/segments/bulk/",
        segment=[segment.pk],
        do="deactivate",
        confirmed="yes",
    )

    assert "toast-undo" not in page.content.decode()


def test_a_segment_that_was_removed_from_an_export_is_in_it_again(as_contributor: Client) -> None:
    source = make_source()
    kept, removed = make_segment(source), make_segment(source)
    export = make_export([kept, removed], connection=make_connection(visibility="contributors"))

    page = post(as_contributor, f"/segments/{removed.pk}/exports/remove/", export=export.pk)
    assert list(export.segments.all()) == [kept]
    undo(as_contributor, page)

    assert set(export.segments.all()) == {kept, removed}


def test_a_schedule_is_again_as_it_was(as_contributor: Client) -> None:
    shared = make_connection(visibility="contributors")
    before: dict[str, Any] = {"recurrence": "weekly", "weekdays": [1, 3], "times": ["02:30"]}
    export = make_export(connection=shared, time_zone="Europe/Paris", **before)

    page = post(
        as_contributor,
        f"/exports/{export.pk}/schedule/",
        recurrence="off",
        version=export.version,
        do="save",
    )
    export.refresh_from_db()
    assert (export.recurrence, export.due_at) == ("off", None)
    undo(as_contributor, page)

    export.refresh_from_db()
    assert {name: getattr(export, name) for name in before} == before
    assert export.time_zone == "Europe/Paris"
    assert export.due_at is not None


def test_a_schedule_that_somebody_saved_meanwhile_is_not_overwritten(
    as_contributor: Client,
) -> None:
    export = make_export(connection=make_connection(visibility="contributors"))
    address = f"/exports/{export.pk}/schedule/"
    page = post(as_contributor, address, recurrence="off", version=export.version, do="save")
    export.refresh_from_db()
    fields = {"recurrence": "hourly", "every_hours": 3, "version": export.version, "do": "save"}
    post(as_contributor, address, **fields)

    undo(as_contributor, page)

    export.refresh_from_db()
    assert export.recurrence == "hourly"


def test_somebody_who_was_deactivated_may_sign_in_again(as_administrator: Client) -> None:
    person = make_user()

    page = post(as_administrator, f"/people/{person.pk}/deactivate/")
    undo(as_administrator, page)

    assert User.objects.get(pk=person.pk).is_active


def test_first_steps_that_were_dismissed_come_back(as_administrator: Client) -> None:
    page = post(as_administrator, "/first-steps/")
    assert page.context["steps"] == []

    page = undo(as_administrator, page)

    assert "Connect an ActiveCampaign account" in text_of(page)


def test_an_undo_needs_the_right_to_do_it(as_contributor: Client, as_viewer: Client) -> None:
    segment = make_segment()
    page = post(as_contributor, f"/segments/{segment.pk}/deactivate/")

    assert undo(as_viewer, page).status_code == 403
    segment.refresh_from_db()
    assert not segment.is_active


def test_a_message_that_offers_nothing_has_plain_tags(as_contributor: Client) -> None:
    response = as_contributor.post("/segments/bulk/", {"do": "activate"})

    [message] = get_messages(response.wsgi_request)
    assert undo_of(message.extra_tags) is None
