"""Help stands where somebody may wonder, and only for whom it helps."""

from __future__ import annotations

from django.test import Client

from connections.models import Connection
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export


def test_a_connection_says_where_its_address_and_key_are_found(
    as_administrator: Client, db: None
) -> None:
    page = text_of(as_administrator.get("/connections/add/"))

    assert "Where do I find these in ActiveCampaign?" in page
    assert "Open Settings, at the bottom of the menu on the left, then Developer." in page
    assert "It writes nothing to ActiveCampaign, and sends no data about people." in page


def test_an_export_says_what_a_list_id_is(as_contributor: Client, shared: Connection) -> None:
    page = text_of(as_contributor.get("/exports/add/", follow=True))

    assert "…/app/contacts/?listid=19 is list 19." in page


def test_who_may_run_an_export_reads_what_that_does(
    as_contributor: Client, as_viewer: Client, db: None
) -> None:
    export = make_export(connection=make_connection(visibility="contributors"))
    asked = "What happens when I select Run?"

    assert asked in text_of(as_contributor.get(f"/exports/{export.pk}/"))
    assert asked not in text_of(as_viewer.get(f"/exports/{export.pk}/"))


def test_saving_is_explained_where_there_is_something_to_save(
    as_contributor: Client, shared: Connection
) -> None:
    export = make_export(connection=shared)
    explained = "Save stores the export. Nothing is sent until it runs"

    assert explained in text_of(as_contributor.get(f"/exports/{export.pk}/edit/", follow=True))
    assert explained not in text_of(as_contributor.get("/exports/add/", follow=True))
