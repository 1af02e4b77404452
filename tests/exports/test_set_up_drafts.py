"""What is entered in *Set up export* is kept, for its author alone, until it is saved."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exports.drafts import LIFETIME, delete_old_drafts
from exports.models import Export, ExportDraft
from segments.models import Segment
from tests.exports.pages import address_of, form_of, rows_of, text_of
from tests.exports.set_up import ADD, filled_in, open_form, press
from tests.factories import make_connection, make_export, make_segment

LIST = "/exports/"


@pytest.fixture
def segment(db: None) -> Segment:
    return make_segment(name="Readers")


@pytest.fixture
def export(shared, segment) -> Export:
    return make_export([segment], name="Newsletter", connection=shared, list_id=19)


def test_looking_leaves_no_draft(as_contributor, shared, export):
    open_form(as_contributor, step="segments")
    open_form(as_contributor, f"/exports/{export.pk}/edit/", "matching")

    assert not ExportDraft.objects.exists()


def test_every_step_is_kept_and_may_be_gone_back_to(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment, step="options")

    first = press(as_contributor, page, "go-connection", most_shrink="15")
    options = press(as_contributor, first, "go-options")

    assert (form_of(first)["name"], form_of(first)["list_id"]) == (
        ["Newsletter"],
        ["Newsletter (19)"],
    )
    assert form_of(options)["most_shrink"] == ["15"]


def test_a_draft_is_listed_continued_and_discarded(as_contributor, shared, segment):
    filled_in(as_contributor, segment, name="Spring")
    draft = ExportDraft.objects.get()

    listed = as_contributor.get(LIST)
    continued = open_form(as_contributor, f"{ADD}?draft={draft.key}", "matching")
    asked = as_contributor.get(f"/exports/drafts/{draft.pk}/discard/")
    as_contributor.post(f"/exports/drafts/{draft.pk}/discard/")

    assert "Spring" in text_of(listed)
    assert rows_of(continued) == {"email": "email"}
    assert "What you entered for “Spring” is forgotten." in text_of(asked)
    assert not ExportDraft.objects.exists()


def test_nobody_sees_or_ends_the_draft_of_somebody_else(
    as_contributor, as_administrator, shared, segment
):
    filled_in(as_contributor, segment, name="Spring")
    draft = ExportDraft.objects.get()

    page = open_form(as_administrator, f"{ADD}?draft={draft.key}")

    assert form_of(page)["name"] == [""]
    assert "Spring" not in text_of(as_administrator.get(LIST))
    assert as_administrator.post(f"/exports/drafts/{draft.pk}/discard/").status_code == 404


def test_two_new_exports_can_be_set_up_at_once(as_contributor, shared, segment):
    spring = filled_in(as_contributor, segment, name="Spring")
    autumn = filled_in(as_contributor, segment, name="Autumn")

    press(as_contributor, spring, "save")
    press(as_contributor, autumn, "save")

    assert {each.name for each in Export.objects.all()} == {"Spring", "Autumn"}


def test_a_change_of_an_export_waits_as_a_draft_and_changes_nothing(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"

    press(as_contributor, open_form(as_contributor, address), "go-options", name="Renamed")

    export.refresh_from_db()
    assert export.name == "Newsletter"
    assert "Changes of “Newsletter”" in text_of(as_contributor.get(LIST))
    assert form_of(open_form(as_contributor, address))["name"] == ["Renamed"]


def test_an_export_is_saved_from_any_step(as_contributor, export):
    page = open_form(as_contributor, f"/exports/{export.pk}/edit/", "options")

    press(as_contributor, page, "save", most_shrink="12")

    export.refresh_from_db()
    assert export.most_shrink == 12
    assert not ExportDraft.objects.exists()


def test_the_address_of_a_saved_draft_leads_to_the_export(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment)
    press(as_contributor, page, "save")
    export = Export.objects.get()

    back = as_contributor.get(address_of(page), follow=True)
    late = as_contributor.post(address_of(page), form_of(page) | {"name": "Again"}, follow=True)

    assert back.redirect_chain == [(f"/exports/{export.pk}/edit/", 302)]
    assert late.redirect_chain == [(f"/exports/{export.pk}/edit/", 302)]
    assert not ExportDraft.objects.filter(saved_as=None).exists()


def test_saving_leads_to_the_first_step_with_something_to_mend(as_contributor, shared, segment):
    page = filled_in(as_contributor, segment, step="preview")

    page = press(as_contributor, page, "save", list_id="abc")

    assert "neither a list of the account nor a number" in text_of(page)
    assert form_of(page)["list_id"] == ["abc"]
    assert not Export.objects.exists()


def test_cancel_goes_away_at_once_when_nothing_was_entered_and_asks_otherwise(
    as_contributor, shared
):
    page = open_form(as_contributor)

    nothing = press(as_contributor, page, "cancel")
    something = press(as_contributor, page, "cancel", name="Spring")

    assert nothing.redirect_chain == [(LIST, 302)]
    assert "Discard the draft?" in text_of(something)


def test_a_draft_begun_before_somebody_saved_says_so(as_contributor, as_administrator, export):
    address = f"/exports/{export.pk}/edit/"
    press(as_contributor, open_form(as_contributor, address), "go-options", name="Mine")
    press(as_administrator, open_form(as_administrator, address), "save", name="Theirs")

    page = open_form(as_contributor, address)

    assert "Ada Admin saved another version" in text_of(page)
    assert form_of(page)["name"] == ["Mine"]
    restarted = press(as_contributor, page, "restart")
    assert form_of(restarted)["name"] == ["Theirs"]


def test_a_draft_of_an_export_that_is_no_longer_ours_is_not_listed(as_contributor, export):
    address = f"/exports/{export.pk}/edit/"
    press(as_contributor, open_form(as_contributor, address), "go-options", name="Mine")

    Export.objects.update(connection=make_connection())

    assert "Changes of" not in text_of(as_contributor.get(LIST))


def test_drafts_go_after_thirty_days(as_contributor, shared, segment):
    filled_in(as_contributor, segment)
    now = timezone.now()

    kept = delete_old_drafts(now=now + LIFETIME - timedelta(hours=1))
    gone = delete_old_drafts(now=now + LIFETIME + timedelta(hours=1))

    assert (kept, gone) == (0, 1)


@pytest.mark.parametrize("step", ["connection", "segments", "matching", "options", "preview"])
def test_no_step_asks_the_database_more_than_twelve_times(
    as_contributor, export, step, django_assert_max_num_queries
):
    address = f"/exports/{export.pk}/edit/?step={step}"
    as_contributor.get(address)

    with django_assert_max_num_queries(12):
        as_contributor.get(address)
