"""The lists of an account are found by name or number, and say how many are on them."""

import pytest

from connections.activecampaign.answers import ContactList
from exports.list_picker import COUNTED, OFFERED, find_lists
from segments.models import Segment
from tests.exports.pages import form_of, text_of
from tests.exports.set_up import filled_in, open_form, press
from tests.factories import make_export, make_segment

LISTS = [ContactList(19, "Newsletter"), ContactList(20, "Summer (2024)"), ContactList(190, "VIP")]


@pytest.fixture
def segment(db: None) -> Segment:
    return make_segment(name="Readers")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("news", [19]),
        ("2024 summer", [20]),
        ("19", [19, 190]),
        ("", [19, 20, 190]),
        ("spring", []),
    ],
)
def test_lists_are_found_by_words_or_by_the_beginning_of_a_number(text, found):
    assert [each.id for each in find_lists(LISTS, text)] == found


def test_a_part_of_a_name_is_no_mistake_while_somebody_searches(as_contributor, shared):
    page = press(as_contributor, open_form(as_contributor), "show", list_id="summ")

    assert "Summer (2024) ID 20 0 active contacts" in text_of(page)
    assert "neither a list" not in text_of(page)


def test_a_list_is_chosen_by_its_button(as_contributor, shared):
    page = press(as_contributor, open_form(as_contributor), "list-20")

    assert form_of(page)["list_id"] == ["Summer (2024) (20)"]


def test_of_hundreds_of_lists_a_few_are_offered_and_fewer_counted(as_contributor, shared, sandbox):
    for number in range(300):
        sandbox.add_list(f"Mailing {number}")

    page = open_form(as_contributor)
    text = text_of(press(as_contributor, page, "show", list_id="mailing"))

    assert text_of(page).count("active contacts") == COUNTED
    assert text.count("Mailing ") == OFFERED
    assert f"{300 - OFFERED} more lists" in text


def test_a_list_that_is_gone_is_said_as_soon_as_the_export_is_opened(as_contributor, shared):
    export = make_export([make_segment()], connection=shared, list_id=7)

    page = open_form(as_contributor, f"/exports/{export.pk}/edit/")

    assert "ActiveCampaign has no list with the ID 7." in text_of(page)


def test_next_stays_where_something_is_wrong(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment, step="connection")

    page = press(as_contributor, page, "next", list_id="7")

    assert "ActiveCampaign has no list with the ID 7." in text_of(page)
    assert form_of(page)["name"] == ["Newsletter"]
