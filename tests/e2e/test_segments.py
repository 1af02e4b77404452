"""Segments in a browser: duplicated, ticked, tagged, looked into and deleted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.house import CONTRIBUTOR
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
ORIGINAL = "France, Canada and Brazil"
WAYS = [(True, 1280), (False, 360)]


def tick(visitor: Visitor, name: str, do: str, tags: str = "") -> None:
    """Tick a segment in the list and apply something to it."""
    visitor.page.get_by_label(f"Choose {name}", exact=True).check()
    visitor.page.get_by_label("With the ticked ones", exact=True).select_option(label=do)
    if tags:
        visitor.page.locator("#bulk-tags").fill(tags)
    visitor.press_in_page("Apply")


@pytest.mark.parametrize(("scripts", "width"), WAYS, ids=["scripts", "no scripts, narrow"])
def test_a_duplicate_is_tagged_found_by_its_tag_and_deleted(
    visit: Visit, scripts: bool, width: int
) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts, width=width)
    copy, tag = f"{ORIGINAL} (copy)", f"journey {width}"
    visitor.go("/segments/")
    visitor.open(ORIGINAL)
    visitor.main.locator("details.menu > summary").first.click()
    visitor.follow("Create duplicate")
    expect(visitor.field("Display name")).to_have_value(copy)
    visitor.press("Save")
    expect(visitor.heading).to_have_text(copy)

    visitor.go("/segments/")
    tick(visitor, copy, "Add tags", tag)
    visitor.sees(f"Tags added: {tag}.")
    visitor.open(tag)
    expect(visitor.main.get_by_role("checkbox", name="Choose ")).to_have_count(1)
    tick(visitor, copy, "Delete")
    expect(visitor.heading).to_have_text("Delete 1 segment?")
    visitor.press_in_page("Delete")

    visitor.sees("1 segment was deleted.")
    visitor.go("/segments/")
    assert copy not in visitor.main.inner_text()
    assert tag not in visitor.main.inner_text()


def test_one_box_ticks_all_and_knows_when_not_all_are(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/segments/")
    everything = visitor.page.get_by_label("All on this page", exact=True)
    boxes = visitor.main.get_by_role("checkbox", name="Choose ")

    everything.check()
    expect(visitor.main.locator("[name=segment]:checked")).to_have_count(boxes.count())
    boxes.first.uncheck()

    expect(everything).not_to_be_checked()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_trend_shows_the_period_that_is_chosen(visit: Visit, scripts: bool) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts)
    visitor.go("/segments/")
    visitor.open(ORIGINAL)

    visitor.follow("A year")

    period = visitor.main.get_by_role("navigation", name="Period")
    expect(period.locator("[aria-current]")).to_have_text("A year")
    assert visitor.page.url.endswith("?period=365")


def test_why_somebody_is_no_member_is_said_without_their_key_in_the_address(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR, width=360)
    visitor.go("/segments/")
    visitor.open(ORIGINAL)
    visitor.fill("Key or e-mail address", "c000001")

    visitor.press_in_page("Find")

    visitor.sees("Not a member")
    visitor.sees("country is one of")
    assert "c000001" not in visitor.page.url
