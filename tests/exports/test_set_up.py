"""Set up export, as somebody without JavaScript goes through it."""

import pytest
from django.urls import reverse

from connections.activecampaign.sandbox import Sandbox
from exports.models import Export
from segments.models import Source
from tests.exports.pages import address_of, form_of, rows_of, text_of
from tests.exports.set_up import ADD, filled_in, open_form, press
from tests.factories import make_connection, make_export, make_segment, make_source

PEOPLE = [
    {
        "id": "1",
        "E-mail": "ana@example.com",
        "Prénom": "Ana",
        "Tel": "+33 1 23 45",
        "birthday": "1990-05-01",
    },
    {"id": "2", "E-mail": "bea@example.com", "Prénom": "Béa", "Tel": "", "birthday": ""},
]


@pytest.fixture
def segment(db):
    return make_segment(make_source(PEOPLE, name="Customers"), name="Readers")


def test_the_only_connection_is_chosen_and_its_lists_are_offered(as_contributor, shared):
    page = open_form(as_contributor)

    assert form_of(page)["connection"] == [str(shared.pk)]
    assert "Newsletter ID 19 0 active contacts" in text_of(page)


def test_connections_stand_in_a_section_of_their_own(as_contributor, shared):
    make_connection(name="Other", visibility="contributors")

    page = open_form(as_contributor)

    assert '<optgroup label="ActiveCampaign">' in page.content.decode()
    assert form_of(page)["connection"] == [""]


def test_contributors_see_only_shared_connections_and_neither_host_nor_account(
    as_contributor, shared
):
    make_connection(name="Board only")

    page = text_of(open_form(as_contributor))

    assert "Board only" not in page
    assert shared.host not in open_form(as_contributor).content.decode()


def test_without_a_connection_contributors_read_whom_to_ask(as_contributor, administrator):
    page = open_form(as_contributor)

    assert '<optgroup label="ActiveCampaign">' not in page.content.decode()
    assert "Ask an administrator to share one: Ada Admin" in text_of(page)


def test_without_a_connection_administrators_are_led_to_one(as_administrator):
    page = open_form(as_administrator)

    assert reverse("connections:add") in page.content.decode()


def test_choosing_segments_fills_in_suggestions_and_marks_them(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment)

    assert rows_of(page) == {
        "email": "E-mail",
        "first_name": "Prénom",
        "phone": "Tel",
        "field:1": "birthday",
    }
    assert text_of(page).count("Suggested") == 4
    assert "ana@example.com bea@example.com" in text_of(page)


def test_a_segment_may_be_chosen_by_the_link_that_leads_here(as_contributor, shared, segment):
    opened = as_contributor.get(ADD, {"segment": segment.pk}, follow=True)
    chosen = press(as_contributor, opened, "go-segments")
    matched = press(as_contributor, chosen, "go-matching")

    assert form_of(chosen)["segments"] == [str(segment.pk)]
    assert rows_of(matched)["email"] == "E-mail"


def test_what_somebody_removed_is_not_suggested_again(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment)
    other = make_segment(segment.source)

    page = press(as_contributor, page, "remove-2")
    page = press(as_contributor, page, "show", segments=[segment.pk, other.pk])

    assert list(rows_of(page)) == ["email", "first_name", "field:1"]


def test_rows_stay_where_they_are_while_keys_pass_over_the_columns(as_contributor, shared, segment):
    opened = filled_in(as_contributor, segment)
    passing = form_of(opened) | {"row_column": ["E-mail", "Tel", "Tel", "birthday"]}

    page = as_contributor.post(
        address_of(opened), passing, headers={"HX-Request": "true", "HX-Trigger-Name": "row_column"}
    )

    assert list(rows_of(page)) == ["email", "first_name", "phone", "field:1"]


def test_what_somebody_chose_stays_when_segments_change(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment)
    other = make_segment(segment.source)

    page = press(as_contributor, page, "show", row_column=["E-mail", "id", "Tel", "birthday"])
    page = press(as_contributor, page, "show", segments=[segment.pk, other.pk])

    assert rows_of(page)["first_name"] == "id"


def test_attributes_are_added_one_by_one_and_never_twice(as_contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "add", attribute="field:3")
    page = press(as_contributor, page, "add", attribute="field:3")

    assert list(rows_of(page)) == ["email", "first_name", "phone", "field:1", "field:3"]
    assert "Loyalty tier" in text_of(page)


def test_the_email_can_not_be_removed(as_contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "remove-0")

    assert "email" in rows_of(page)


def test_saving_stores_the_export_and_runs_nothing(as_contributor, contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "save")

    export = Export.objects.get()
    assert page.redirect_chain == [(f"/exports/{export.pk}/", 302)]
    assert (export.list_id, export.list_name) == (19, "Newsletter")
    assert (export.connection, export.created_by) == (shared, contributor)
    assert export.mapping[3] == {
        "column": "birthday",
        "target": "field:1",
        "type": "date",
        "title": "Birthday",
    }
    assert not export.runs.exists()
    assert "“Newsletter” is saved." in text_of(page)
    assert "The scheduled refresh is off, so it runs on demand only." in text_of(page)


def test_save_and_run_leads_to_the_run(as_contributor, contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "save_and_run")

    run = Export.objects.get().runs.get()
    assert page.redirect_chain[-1] == (f"/runs/{run.pk}/", 302)
    assert run.started_by == contributor


@pytest.mark.parametrize(
    ("entered", "list_id"),
    [
        ("19", 19),
        (" newsletter ", 19),
        ("https://acme.activehosted.com/app/contacts/?listid=19&status=1", 19),
        ("Summer (2024)", 20),
        ("Summer (2024) (20)", 20),
    ],
)
def test_a_list_may_be_given_in_many_ways(as_contributor, shared, segment, entered, list_id):
    press(as_contributor, filled_in(as_contributor, segment, list_id=entered), "save")

    assert Export.objects.get().list_id == list_id


def test_a_pasted_address_is_shown_reduced_to_its_list(as_contributor, shared, segment):
    address = "https://acme.activehosted.com/app/contacts/?listid=19&status=1"

    page = filled_in(as_contributor, segment, step="connection", list_id=address)

    assert form_of(page)["list_id"] == ["Newsletter (19)"]


@pytest.mark.parametrize("entered", ["abc", "0", "-3", "1.5", "９", "99999999999", "?listid=x"])
def test_a_list_that_is_no_number_is_refused_at_the_field(as_contributor, shared, segment, entered):
    page = press(as_contributor, filled_in(as_contributor, segment), "save", list_id=entered)

    assert "neither a list of the account nor a number" in text_of(page)
    assert not Export.objects.exists()


def test_a_list_that_does_not_exist_is_refused_at_the_field(as_contributor, shared, segment):
    page = press(as_contributor, filled_in(as_contributor, segment), "save", list_id="7")

    assert "ActiveCampaign has no list with the ID 7." in text_of(page)
    assert form_of(page)["list_id"] == ["7"]
    assert not Export.objects.exists()


def test_a_list_made_a_moment_ago_is_found(as_contributor, shared, segment, sandbox: Sandbox):
    page = filled_in(as_contributor, segment)
    sandbox.add_list("Brand new", id=21)

    press(as_contributor, page, "save", list_id="21")

    assert Export.objects.get().list_name == "Brand new"


def test_an_account_out_of_reach_leaves_the_form_usable(as_contributor, sandbox, segment):
    host = "unreachable.api-us1.com"
    make_connection(name="Away", host=host, visibility="contributors")

    page = filled_in(as_contributor, segment, list_id="19")
    assert "Facteur does not reach ActiveCampaign" in text_of(page)
    assert rows_of(page) == {"email": "E-mail", "first_name": "Prénom", "phone": "Tel"}
    page = press(as_contributor, page, "save")

    assert "the list is checked when the export runs" in text_of(page)
    assert Export.objects.get().list_id == 19


def test_an_account_that_failed_is_not_asked_at_every_change(
    as_contributor, shared, segment, sandbox: Sandbox
):
    sandbox.faults.add("html_500")

    page = filled_in(as_contributor, segment)
    asked = len(sandbox.log.entries())
    page = press(as_contributor, page, "add", attribute="last_name")

    assert "You can still type the number of a list" in text_of(page)
    assert asked
    assert len(sandbox.log.entries()) == asked


def test_a_segment_without_addresses_says_why_it_can_not_be_chosen(as_contributor, shared):
    products = make_segment(make_source([{"sku": "1", "label": "Pen"}], name="Stock"), name="Pens")

    page = open_form(as_contributor, step="segments")

    assert "its source “Stock” has no column of type E-mail" in text_of(page)
    assert "disabled" in page.content.decode()
    page = press(as_contributor, page, "save", name="x", list_id="19", segments=products.pk)
    assert not Export.objects.exists()


def test_too_many_members_are_warned_of_and_may_be_saved(as_contributor, shared, segment, settings):
    settings.MAX_MEMBERS = 1

    page = filled_in(as_contributor, segment, step="segments")

    assert "These segments hold 2 members. One export takes 1 at most" in text_of(page)
    press(as_contributor, page, "save")
    assert Export.objects.exists()


def test_every_missing_entry_is_named_at_its_step(as_contributor, shared):
    first = press(as_contributor, open_form(as_contributor), "save")
    second = press(as_contributor, first, "save", name="Newsletter", list_id="19")

    assert "Choose a list, or type its number." in text_of(first)
    assert "This field is required." in text_of(first)
    assert "Choose at least one segment." in text_of(second)


def test_a_name_is_used_once(as_contributor, shared, segment):
    make_export(name="Newsletter")

    page = press(as_contributor, filled_in(as_contributor, segment), "save")

    assert "Another export has this name. Choose another one." in text_of(page)


def test_a_second_source_must_have_the_matched_columns(as_contributor, shared, segment):
    shop = make_source([{"E-mail": "cy@example.com", "Prénom": "Cy"}], name="Shop")
    page = filled_in(as_contributor, segment)

    page = press(as_contributor, page, "save", segments=[segment.pk, make_segment(shop).pk])

    assert "“Shop” has no column “Tel”" in text_of(page)
    assert not Export.objects.exists()


def test_a_column_that_is_gone_is_shown_kept_and_must_be_resolved(as_contributor, shared, segment):
    press(as_contributor, filled_in(as_contributor, segment), "save")
    export = Export.objects.get()
    source = Source.objects.get()
    source.columns = [column for column in source.columns if column["name"] != "Tel"]
    source.save()
    address = f"/exports/{export.pk}/edit/"

    page = open_form(as_contributor, address, "matching")
    assert "“Customers” has no column “Tel”" in text_of(page)
    assert rows_of(page)["phone"] == "Tel"
    refused = press(as_contributor, page, "save")
    assert "“Customers” has no column “Tel”" in text_of(refused)
    press(as_contributor, press(as_contributor, refused, "remove-2"), "save")

    export.refresh_from_db()
    assert [row["target"] for row in export.mapping] == ["email", "first_name", "field:1"]


def test_a_custom_field_that_is_gone_must_be_resolved(as_contributor, shared, segment, sandbox):
    export = make_export(
        [segment],
        connection=shared,
        list_id=19,
        mapping=[
            {"column": "E-mail", "target": "email"},
            {"column": "id", "target": "field:99", "type": "text", "title": "Old"},
        ],
    )
    address = f"/exports/{export.pk}/edit/"

    page = press(as_contributor, open_form(as_contributor, address), "save")

    assert "The account has no such field any more" in text_of(page)


def test_two_people_editing_at_once_lose_nothing(as_contributor, as_administrator, shared, segment):
    export = make_export([segment], name="Before", connection=shared, list_id=19)
    address = f"/exports/{export.pk}/edit/"
    opened = open_form(as_contributor, address)
    columns = {"row_column": ["E-mail"]}

    theirs = open_form(as_administrator, address)
    press(as_administrator, theirs, "save", name="Theirs", **columns)
    mine = press(as_contributor, opened, "save", name="Mine", **columns)

    export.refresh_from_db()
    assert export.name == "Theirs"
    assert "Ada Admin saved another version" in text_of(mine)
    assert form_of(mine)["name"] == ["Mine"]
    press(as_contributor, mine, "save")
    export.refresh_from_db()
    assert export.name == "Mine"


def test_a_duplicate_exists_only_once_it_is_saved(as_contributor, shared, segment):
    original = make_export(
        [segment],
        name="Newsletter",
        connection=shared,
        list_id=19,
        mapping=[{"column": "E-mail", "target": "email"}],
    )

    page = open_form(as_contributor, f"/exports/{original.pk}/duplicate/")

    assert form_of(page)["name"] == ["Newsletter (copy)"]
    page = press(as_contributor, page, "go-matching")
    assert rows_of(page) == {"email": "E-mail"}
    assert Export.objects.count() == 1
    press(as_contributor, page, "save")
    copy = Export.objects.exclude(pk=original.pk).get()
    assert (copy.list_id, copy.segments.get()) == (19, segment)
    assert copy.mapping == original.mapping


def test_a_detached_export_asks_to_confirm_its_list(as_administrator, shared, segment):
    mapping = [{"column": "E-mail", "target": "email"}]
    export = make_export([segment], connection=None, list_id=19, mapping=mapping)
    address = f"/exports/{export.pk}/edit/"

    page = press(
        as_administrator, open_form(as_administrator, address), "save", connection=shared.pk
    )
    assert "Confirm that this is the right list" in text_of(page)
    export.refresh_from_db()
    assert export.connection is None
    press(as_administrator, page, "save", confirm_list="on")

    export.refresh_from_db()
    assert export.connection == shared


def test_who_may_not_edit_is_led_to_the_page_that_only_shows(as_contributor, segment):
    export = make_export([segment], connection=make_connection())

    page = as_contributor.get(f"/exports/{export.pk}/edit/", follow=True)

    assert page.redirect_chain == [(f"/exports/{export.pk}/", 302)]
    assert "View only" in text_of(page)


def test_viewers_set_nothing_up(as_viewer, shared):
    assert open_form(as_viewer).status_code == 403


@pytest.mark.parametrize("numbers", [["x"], ["9" * 40], ["-1"], ["1", "²"]])
def test_numbers_that_mean_nothing_are_not_taken_for_segments(as_contributor, shared, numbers):
    page = as_contributor.post(ADD, {"action": "save", "segments": numbers, "connection": numbers})

    assert page.status_code == 200
    assert not Export.objects.exists()


def test_htmx_gets_the_step_alone(as_contributor, shared, segment):
    page = as_contributor.post(ADD, {"segments": segment.pk}, headers={"HX-Request": "true"})

    assert page.content.decode().lstrip().startswith('<div id="step"')
