"""An edit that changes what is sent says how many contacts the next run sends again."""

import pytest

from exports.models import Export
from tests.exports.pages import text_of
from tests.exports.set_up import open_form, press
from tests.factories import make_export, make_segment, make_source
from tests.pipeline.conftest import Delivery

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "Tel": "+33 1 23 45", "Mobile": "+33 6 1"},
    {"id": "2", "email": "bea@example.com", "Tel": "+33 1 23 46", "Mobile": "+33 6 2"},
]
MAPPING = [{"column": "email", "target": "email"}, {"column": "Tel", "target": "phone"}]


@pytest.fixture
def export(shared, sandbox) -> Export:
    segment = make_segment(make_source(PEOPLE))
    export = make_export(
        [segment], name="Newsletter", connection=shared, list_id=19, mapping=MAPPING
    )
    Delivery(export, sandbox, 19).run()
    return export


def test_another_field_sends_everybody_again(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"
    said = "the next run sends all 2 contacts that were delivered again"

    page = press(
        as_contributor,
        open_form(as_contributor, address, "matching"),
        "add",
        attribute="last_name",
    )
    assert said in text_of(page)
    columns = {"row_column": ["email", "Tel", "Mobile"]}
    saved = press(as_contributor, page, "save", **columns)

    assert said in text_of(saved)


def test_another_column_sends_those_again_whose_values_differ(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"

    page = press(
        as_contributor,
        open_form(as_contributor, address),
        "save",
        row_column=["email", "Mobile"],
    )

    assert "of the 2 contacts that were delivered, the next run sends those" in text_of(page)


def test_other_edits_send_nobody_again(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"

    page = press(as_contributor, open_form(as_contributor, address), "save", name="Renamed")

    assert "“Renamed” is saved." in text_of(page)
    assert "again" not in text_of(page)


def test_nothing_is_said_of_another_list_where_nothing_was_delivered(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"
    columns = {"row_column": ["email", "Mobile"], "list_id": "20"}

    page = press(as_contributor, open_form(as_contributor, address), "save", **columns)

    assert "again" not in text_of(page)
