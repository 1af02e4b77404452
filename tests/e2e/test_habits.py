"""What hands learn: keys, the back button, undo, drafts, own columns, several things at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import barriers_on
from tests.e2e.conftest import Visit
from tests.e2e.house import CONTRIBUTOR, House

pytestmark = pytest.mark.e2e
SEGMENT = "France, Canada and Brazil"
WAYS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@pytest.fixture
def slow_imports(house: House) -> Iterator[None]:
    """Let ActiveCampaign take its time, so that a run can be watched."""
    switches = house.sandbox.switches
    usual, switches.processing_seconds = switches.processing_seconds, 6.0
    yield
    switches.processing_seconds = usual


def test_keys_help_lead_on_and_search(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/")
    press, dialog = visitor.page.keyboard.press, visitor.page.get_by_role("dialog")

    press("?")
    expect(dialog).to_contain_text("Search on this page")
    press("Escape")
    expect(dialog).to_be_hidden()
    press("g")
    press("e")
    expect(visitor.heading).to_have_text("Exports")
    press("/")

    expect(visitor.page.locator("#q")).to_be_focused()


def test_a_question_takes_the_focus_and_gives_it_back(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR, mouse=False)
    visitor.go("/exports/")
    visitor.open("Winter mailing")
    summary = visitor.main.locator("details.menu > summary").first
    visitor.activate(summary)
    visitor.follow("Remove")

    dialog = visitor.page.get_by_role("dialog")
    expect(dialog.locator(":focus")).to_have_count(1)
    visitor.page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(summary).to_be_focused()


def test_back_leads_to_the_list_as_it_was(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/exports/")
    search, rows = visitor.page.locator("#q"), visitor.main.locator("tbody tr")
    visitor.write(search, "winter")
    expect(rows).to_have_count(1)
    visitor.open("Winter mailing")
    expect(visitor.heading).to_have_text("Winter mailing")

    visitor.page.go_back()

    expect(visitor.heading).to_have_text("Exports")
    expect(search).to_have_value("winter")
    expect(rows).to_have_count(1)


@WAYS
def test_what_was_done_is_taken_back_at_once(visit: Visit, scripts: bool) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts)
    visitor.go("/segments/")
    visitor.open(SEGMENT)
    visitor.main.locator("details.menu > summary").first.click()
    visitor.press_in_page("Deactivate")
    visitor.reads("Inactive: refreshes pass over it")

    visitor.press("Undo")

    expect(visitor.main).not_to_contain_text("Inactive: refreshes pass over it")


@WAYS
def test_columns_that_somebody_chose_stay_chosen(visit: Visit, scripts: bool) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts)
    visitor.go("/exports/")
    columns = visitor.main.locator("details.columns")
    chosen = visitor.main.get_by_role("columnheader", name="List", exact=True)
    expect(chosen).to_have_count(0)

    columns.locator("summary").click()
    columns.get_by_label("List", exact=True).check()
    columns.get_by_role("button", name="Apply").click()
    expect(chosen).to_be_visible()
    visitor.go("/")
    visitor.go("/exports/")
    expect(chosen).to_be_visible()
    columns.locator("summary").click()
    columns.get_by_role("button", name="As usual").click()

    expect(chosen).to_have_count(0)


@WAYS
def test_a_set_up_left_in_the_middle_waits_as_a_draft(visit: Visit, scripts: bool) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts)
    visitor.go("/exports/add/")
    visitor.fill("Display name", "Half-way mailing")
    visitor.activate(visitor.main.locator("[value=go-segments]"))
    expect(visitor.page).to_have_url(re.compile("step=segments"))
    visitor.go("/exports/")
    draft = visitor.main.get_by_role("listitem").filter(has_text="Half-way mailing")

    draft.get_by_role("link", name="Continue").click()
    expect(visitor.field("Display name")).to_have_value("Half-way mailing")
    visitor.page.go_back()
    draft.get_by_role("link", name="Discard").click()
    visitor.press("Discard")

    expect(visitor.heading).to_have_text("Exports")
    expect(draft).to_have_count(0)


@pytest.mark.parametrize("mouse", [True, False], ids=["without scripts", "by keyboard"])
def test_the_schedules_of_several_exports_are_switched_off(visit: Visit, mouse: bool) -> None:
    visitor = visit(CONTRIBUTOR, scripts=not mouse, mouse=mouse)
    visitor.go("/exports/?q=mailing")
    for name in ("Summer mailing", "Winter mailing"):
        visitor.check(visitor.page.get_by_label(f"Choose {name}", exact=True))
    visitor.select(visitor.page.get_by_label("With the ticked ones", exact=True), "Schedule")
    visitor.press_in_page("Apply")
    expect(visitor.heading).to_have_text("Schedule 2 exports")
    visitor.check(visitor.main.locator("[name=state][value=off]"))

    visitor.press_in_page("Save")

    visitor.sees("The schedules of 2 exports are saved.")
    assert visitor.page.url.endswith("q=mailing")


@pytest.mark.usefixtures("slow_imports")
def test_a_run_says_in_the_tab_how_it_stands(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    icon = visitor.page.locator("link[rel=icon]")
    visitor.go("/exports/")
    visitor.open("Autumn mailing")
    visitor.main.locator("details.menu > summary").first.click()
    visitor.follow("Full re-delivery")
    visitor.press_in_page("Send everybody again")

    expect(icon).to_have_attribute("href", re.compile("running"))
    expect(visitor.page).to_have_title(re.compile(r"^\w+.* · Run of Autumn mailing"))
    assert barriers_on(visitor.page, scheme="light") == []

    expect(icon).not_to_have_attribute("href", re.compile("running"))
    expect(visitor.main.locator("#progress[hx-trigger]")).to_have_count(0)
