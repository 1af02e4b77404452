"""Who may do what, as it shows on the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.house import CONTRIBUTOR, VIEWER
from tests.e2e.survey import links_of

pytestmark = pytest.mark.e2e

FOR_ADMINISTRATORS = ("/connections/", "/connections/add/", "/people/", "/system/schedule/")


def test_a_viewer_sees_everything_of_the_data_and_can_change_nothing(visit: Visit) -> None:
    visitor = visit(VIEWER)

    for path in ("/", "/sources/", "/segments/", "/exports/", "/system/status/"):
        visitor.go(path)
        expect(visitor.heading).to_be_visible()
        offered = {
            link.partition("?")[0].rstrip("/").rpartition("/")[2] for link in links_of(visitor)
        }
        assert not offered & {"add", "edit", "remove", "delete", "detach", "schedule", "duplicate"}
        # Which columns of a list they see is their own affair.
        changing = visitor.main.locator("form[method=post]:not([action='/appearance/columns/'])")
        assert changing.count() == 0


def test_a_viewer_finds_out_what_became_of_a_run(visit: Visit) -> None:
    visitor = visit(VIEWER)
    visitor.go("/exports/")
    visitor.open("Newsletter readers")

    visitor.main.locator("a[href^='/runs/']").first.click()

    visitor.reads("Rejects")
    assert visitor.button("Run").count() == 0


@pytest.mark.parametrize("path", ["/sources/add/", "/segments/add/", "/exports/add/"])
def test_a_viewer_is_told_that_contributors_set_things_up(visit: Visit, path: str) -> None:
    visitor = visit(VIEWER)
    visitor.watch.expected |= {403}

    visitor.go(path)

    expect(visitor.heading).to_be_visible()
    assert visitor.main.locator("form[method=post]").count() == 0


@pytest.mark.parametrize("path", FOR_ADMINISTRATORS)
def test_a_contributor_comes_to_no_page_of_the_administrators(visit: Visit, path: str) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/")
    assert path not in links_of(visitor)
    visitor.watch.expected |= {403}

    visitor.go(path)

    expect(visitor.heading).to_be_visible()
    assert visitor.main.locator("form, table").count() == 0


def test_who_is_not_signed_in_comes_to_the_page_after_signing_in(visit: Visit) -> None:
    visitor = visit()
    visitor.go("/exports/")
    assert visitor.page.url.startswith(f"{visitor.house.address}/accounts/login/")

    visitor.write(visitor.page.locator("[name=login]"), VIEWER.email)
    visitor.write(visitor.page.locator("[name=password]"), VIEWER.password)
    visitor.press("Sign in")

    expect(visitor.page).to_have_url(f"{visitor.house.address}/exports/")
