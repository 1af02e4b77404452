"""What does not fit the field it is matched to is said before a run finds out."""

import pytest

from connections.activecampaign.answers import Field
from exports.fitting import find_misfits
from exports.mapping import MappedField
from tests.exports.pages import text_of
from tests.exports.set_up import filled_in, press
from tests.factories import make_segment, make_source

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "born": "1990-05-01", "tier": "Gold", "likes": "wine"},
    {"id": "2", "email": "bea@example.com", "born": "May", "tier": "tin", "likes": "wine; tea"},
    {"id": "3", "email": "cy@example.com", "born": "", "tier": "", "likes": ""},
]


def field(kind: str, *options: str) -> Field:
    return Field(id=7, title="Field", type=kind, tag="", options=options)


@pytest.fixture
def segment(db):
    return make_segment(make_source(PEOPLE, name="Customers"), name="Readers")


@pytest.mark.parametrize(
    ("column", "custom", "values"),
    [
        ("born", field("date"), ["May"]),
        ("born", field("datetime"), ["May"]),
        ("tier", field("dropdown", "gold", "silver"), ["tin"]),
        ("tier", field("radio", "Gold", "tin"), []),
        ("likes", field("listbox", "wine", "cheese"), ["wine; tea"]),
        ("likes", field("checkbox", "Wine", "Tea"), []),
        ("born", field("text"), []),
        ("tier", field("dropdown"), []),
    ],
)
def test_values_are_held_against_what_the_field_takes(segment, column, custom, values):
    mapped = MappedField(column, "field:7", custom.type)

    found = find_misfits([mapped], [custom], [segment])

    assert [value for misfit in found.values() for value in misfit.values] == values


def test_members_are_counted_over_all_segments_that_have_the_column(segment):
    other = make_segment(make_source([{"email": "dan@example.com", "tier": "lead"}]))
    without = make_segment(make_source([{"email": "eve@example.com"}]))
    mapped = MappedField("tier", "field:7", "dropdown")

    found = find_misfits([mapped], [field("dropdown", "gold")], [segment, other, without])

    assert (found["field:7"].members, found["field:7"].values) == (2, ["lead", "tin"])


def test_a_warning_stands_at_the_row_and_keeps_nobody_from_saving(as_contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "add", attribute="field:1")

    columns = {"row_column": ["email", "born"]}
    warned = press(as_contributor, page, "show", **columns)
    saved = press(as_contributor, warned, "save")

    assert "1 member has no date here that ActiveCampaign reads" in text_of(warned)
    assert "“May”" in text_of(warned)
    assert "is saved." in text_of(saved)


def test_samples_are_of_members_alone(as_contributor, shared):
    rule = {
        "version": 1,
        "match": "all",
        "conditions": [{"column": "id", "operator": "equals", "value": "2"}],
    }
    some = make_segment(make_source(PEOPLE), name="Some", rule=rule)

    page = filled_in(as_contributor, some)

    assert "bea@example.com" in text_of(page)
    assert "ana@example.com" not in text_of(page)
