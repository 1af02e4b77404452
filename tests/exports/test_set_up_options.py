"""What is done for whom, in *Set up export*: consent, leavers, automations and guards."""

import pytest
from auditlog.models import LogEntry

from exports.models import Export
from segments.models import Segment
from tests.exports.pages import form_of, text_of
from tests.exports.set_up import filled_in, open_form, press
from tests.factories import make_export, make_segment, make_source

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "agreed": "yes", "tier": "gold"},
    {"id": "2", "email": "bea@example.com", "agreed": "no", "tier": ""},
]
# The field “Loyalty tier” of the account.
TIER = "3"
MARK = {"leavers": "mark", "leaver_field": TIER, "left_value": "left", "back_value": "here"}


@pytest.fixture
def segment(db: None) -> Segment:
    return make_segment(make_source(PEOPLE, name="Customers"), name="Readers")


def test_a_new_export_keeps_leavers_starts_nothing_and_is_guarded(as_contributor, shared, segment):
    press(as_contributor, filled_in(as_contributor, segment), "save")

    export = Export.objects.get()
    assert (export.consent_column, export.leavers, export.automations) == ("", "keep", False)
    assert (export.most_shrink, export.most_growth, export.most_rejects) == (30, 100, 10)


def test_everything_that_is_chosen_is_stored_shown_and_in_the_audit(
    as_contributor, shared, segment
):
    chosen = {
        "consent_column": "agreed",
        **MARK,
        "automations": "on",
        "most_shrink": "15",
        "most_growth": "",
        "most_rejects": "3",
    }

    page = press(as_contributor, filled_in(as_contributor, segment), "save", **chosen)

    export = Export.objects.get()
    assert (export.leaver_field, export.leaver_field_title) == (3, "Loyalty tier")
    assert (export.left_value, export.back_value) == ("left", "here")
    text = text_of(page)
    assert "Only those whose “agreed” says yes." in text
    assert "“Loyalty tier” becomes “left”, and “here” when they return." in text
    assert "They may start, except with the first delivery." in text
    assert "Asks beyond 15% fewer members, 3% rejects." in text
    changes = LogEntry.objects.get_for_object(export).earliest("pk").changes_dict
    assert changes["consent_column"][1] == "agreed"
    assert changes["leavers"][1] == "mark"


def test_columns_that_say_yes_or_no_stand_before_the_others(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment, step="options").content.decode()

    assert page.index("agreed (Yes/no)") < page.index('<optgroup label="Other columns">')


def test_the_options_are_kept_while_the_rest_is_filled_in(as_contributor, shared, segment):
    page = filled_in(
        as_contributor,
        segment,
        step="options",
        consent_column="agreed",
        most_growth="250",
        **MARK,
    )

    form = form_of(page)
    assert form["consent_column"] == ["agreed"]
    assert (form["leavers"], form["leaver_field"]) == (["mark"], [TIER])
    assert form["most_growth"] == ["250"]
    assert "250% more members" in text_of(page)


def test_a_consent_column_must_be_in_every_source(as_contributor, shared, segment):
    shop = make_source([{"email": "cy@example.com", "id": "9"}], name="Shop")
    page = filled_in(as_contributor, segment)

    refused = press(
        as_contributor,
        page,
        "save",
        consent_column="agreed",
        segments=[segment.pk, make_segment(shop).pk],
    )

    assert "“Shop” has no column “agreed”, so nobody of it could be sent." in text_of(refused)
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leaver_field": ""}, "Choose the custom field that says who left."),
        ({"leaver_field": "99"}, "The account has no such field any more."),
        ({"left_value": ""}, "Say what the field says of those who left."),
        ({"back_value": "left"}, "Both values are the same."),
        ({"leaver_field": "2"}, "The field does not offer “left”, only: wine, cheese."),
    ],
)
def test_a_mark_needs_a_field_and_two_values(as_contributor, shared, segment, changes, said):
    page = press(as_contributor, filled_in(as_contributor, segment), "save", **MARK | changes)

    assert said in text_of(page)
    assert not Export.objects.exists()


def test_a_field_that_is_matched_can_not_mark_leavers(as_contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "add", attribute="field:3")
    columns = [*form_of(page)["row_column"][:-1], "tier"]

    refused = press(as_contributor, page, "save", row_column=columns, **MARK)

    assert "Data matching fills this field already." in text_of(refused)
    assert not Export.objects.exists()


def test_what_a_mark_would_need_is_not_asked_of_those_who_keep(as_contributor, shared, segment):
    values = MARK | {"leavers": "keep", "left_value": "", "leaver_field": ""}

    press(as_contributor, filled_in(as_contributor, segment), "save", **values)

    assert Export.objects.get().leavers == "keep"


def test_unsubscribing_says_that_there_is_no_way_back(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment, step="options", leavers="unsubscribe")

    text = text_of(page)
    assert "ActiveCampaign does not let a bulk import subscribe again" in text
    assert "They are unsubscribed from the list, for good." in text


@pytest.mark.parametrize(
    ("guard", "entered"),
    [("most_shrink", "101"), ("most_growth", "0"), ("most_rejects", "many")],
)
def test_a_percentage_that_is_none_is_refused_where_it_stands(
    as_contributor, shared, segment, guard, entered
):
    page = press(as_contributor, filled_in(as_contributor, segment), "save", **{guard: entered})

    assert f'href="#id_{guard}"' in page.content.decode()
    assert form_of(page)[guard] == [entered]
    assert not Export.objects.exists()


def test_a_field_without_an_answer_of_the_account_keeps_its_name(as_contributor, shared, sandbox):
    export = make_export(
        [make_segment()], connection=shared, list_id=19, leaver_field_title="Tier", **stored(MARK)
    )
    sandbox.faults.add("html_500")
    address = f"/exports/{export.pk}/edit/"

    press(as_contributor, open_form(as_contributor, address), "save", name="Renamed")

    export.refresh_from_db()
    assert (export.name, export.leaver_field, export.leaver_field_title) == ("Renamed", 3, "Tier")


def test_a_duplicate_does_the_same_for_the_same(as_contributor, shared, segment):
    original = make_export(
        [segment],
        connection=shared,
        list_id=19,
        consent_column="agreed",
        automations=True,
        most_shrink=None,
        **stored(MARK),
    )

    page = open_form(as_contributor, f"/exports/{original.pk}/duplicate/")
    press(as_contributor, page, "save")

    copy = Export.objects.exclude(pk=original.pk).get()
    assert (copy.consent_column, copy.automations, copy.most_shrink) == ("agreed", True, None)
    assert (copy.leavers, copy.leaver_field, copy.back_value) == ("mark", 3, "here")
    assert copy.leaver_field_title == "Loyalty tier"


def stored(chosen: dict[str, str]) -> dict[str, object]:
    return chosen | {"leaver_field": int(chosen["leaver_field"])}
