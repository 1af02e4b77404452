"""Other exports that write to the same list or the same fields: named, and nothing is forbidden."""

import pytest

from exports.models import Export
from segments.models import Segment
from tests.exports.pages import text_of
from tests.exports.set_up import filled_in, press
from tests.factories import make_connection, make_export, make_segment, make_source

PEOPLE = [{"id": "1", "E-mail": "ana@example.com", "Tel": "+33 1 23 45", "Mobile": "+33 6 1"}]
PHONE = [{"column": "E-mail", "target": "email"}, {"column": "Tel", "target": "phone"}]


@pytest.fixture
def segment(db: None) -> Segment:
    return make_segment(make_source(PEOPLE, name="Customers"), name="Readers")


def test_other_exports_into_the_same_list_are_named(as_contributor, shared, segment):
    make_export(name="Sunday news", connection=shared, list_id=19)
    make_export(name="Elsewhere", connection=make_connection(host="b.api-us1.com"), list_id=19)

    page = filled_in(as_contributor, segment)

    assert "Sunday news : the same list." in text_of(page)
    assert "Elsewhere" not in text_of(page)
    press(as_contributor, page, "save")
    assert Export.objects.filter(name="Newsletter").exists()


def test_exports_that_fill_the_same_field_otherwise_are_named(as_contributor, shared, segment):
    other = make_segment(make_source(PEOPLE))
    make_export([other], name="Sunday news", connection=shared, list_id=20, mapping=PHONE)

    text = text_of(filled_in(as_contributor, segment))

    assert "Sunday news : other values for Phone." in text
    assert "the values of the run that came last stay" in text


def test_the_same_column_of_the_same_source_is_no_conflict(as_contributor, shared, segment):
    make_export([segment], name="Sunday news", connection=shared, list_id=20, mapping=PHONE)

    text = text_of(filled_in(as_contributor, segment))

    assert "Sunday news" not in text


def test_a_field_that_marks_leavers_is_one_that_is_written(as_contributor, shared, segment):
    mark = {"leavers": "mark", "leaver_field": "3", "left_value": "left"}
    make_export(
        [segment],
        name="Sunday news",
        connection=shared,
        list_id=20,
        mapping=[*PHONE, {"column": "Tel", "target": "field:3", "title": "Loyalty tier"}],
    )

    page = filled_in(as_contributor, segment, **mark)

    assert "Sunday news : other values for Loyalty tier." in text_of(page)


def test_unsubscribing_from_a_list_that_two_exports_fill_is_warned_of(as_viewer, shared, segment):
    make_export([segment], name="Sunday news", connection=shared, list_id=19, leavers="unsubscribe")
    export = make_export([segment], name="Daily", connection=shared, list_id=19)

    page = as_viewer.get(f"/exports/{export.pk}/")

    assert "Whoever leaves one of the two is unsubscribed" in text_of(page)
