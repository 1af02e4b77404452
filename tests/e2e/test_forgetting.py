"""Forgetting a person in a browser: looked for, forgotten, and looked for in vain."""

from __future__ import annotations

import os
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import barriers_on
from tests.e2e.browsing import PATIENCE
from tests.e2e.conftest import Visit
from tests.e2e.house import ADMINISTRATOR, House
from tests.e2e.main_job import watch_run
from tests.e2e.turns import ask_before_forgetting, find_somebody, open_run_of, somebody
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e
WAYS = [("en", True, 1280), ("fr", False, 360)]


@pytest.mark.parametrize(
    ("language", "scripts", "width"), WAYS, ids=["scripts", "French, no scripts, narrow"]
)
def test_who_was_forgotten_is_found_no_more(
    house: House, visit: Visit, language: str, scripts: bool, width: int
) -> None:
    visitor = visit(ADMINISTRATOR, language=language, scripts=scripts, width=width)
    end_waiting_run(visitor)
    let_time_pass(house)
    address = somebody(visitor)
    visitor.go("/person/")
    find_somebody(visitor)
    visitor.sees("Sample customers")
    visitor.sees("Newsletter readers")

    visitor.press_in_page("Forget this person")
    ask_before_forgetting(visitor)
    visitor.sees(address)
    check_with_axe(visitor)
    visitor.tick("Delete the contact in ActiveCampaign")
    visitor.press_in_page("Forget this person")
    watch_erasure(visitor)
    check_with_axe(visitor)

    assert address not in visitor.main.inner_text()
    assert address not in house.sandbox.contacts_on(1)
    visitor.go("/person/")
    visitor.fill("E-mail address", address)
    visitor.press_in_page("Find")
    visitor.reads("No source has a profile with this address.")
    visitor.reads("No segment has this address among its members.")
    visitor.reads("No export has delivered this address to the list that it goes to now.")


def end_waiting_run(visitor: Visitor) -> None:
    """Cancel the run of the sample: nobody is forgotten while their plan waits for approval."""
    visitor.go("/exports/")
    open_run_of("Winter mailing")(visitor)
    if visitor.link("Cancel run").count():
        visitor.follow("Cancel run")
        visitor.press("Cancel job")
        watch_run(visitor, outcome="Canceled")


def let_time_pass(house: House) -> None:
    """Make all files older than those that are looked into again, since they may be in use."""
    for path in house.facteur.data.joinpath("files").rglob("*.parquet"):
        os.utime(path, (time.time() - 3600,) * 2)


def watch_erasure(visitor: Visitor) -> None:
    """Look at an erasure until it is done."""
    done = visitor.page.locator("#erasure .pill.is-good")
    visitor.look_again("Refresh this page", until=done.is_visible)
    expect(done).to_be_visible(timeout=3 * PATIENCE)


def check_with_axe(visitor: Visitor) -> None:
    if visitor.scripts:  # axe is one
        assert barriers_on(visitor.page, scheme="light") == []
