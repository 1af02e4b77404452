"""Forgetting a person in a browser: looked for, forgotten, and looked for in vain."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.house import ADMINISTRATOR, House
from tests.e2e.main_job import watch_run
from tests.e2e.turns import ask_before_forgetting, find_somebody, open_run_of, somebody
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e


def test_who_was_forgotten_is_found_no_more(house: House, visit: Visit) -> None:
    visitor = visit(ADMINISTRATOR)
    let_waiting_run_send(visitor)
    address = somebody(visitor)
    visitor.go("/person/")
    find_somebody(visitor)
    visitor.sees("Sample customers")
    visitor.sees("Newsletter readers")

    visitor.press("Forget this person")
    ask_before_forgetting(visitor)
    visitor.tick("Delete the contact in ActiveCampaign")
    visitor.press("Forget this person")
    expect(visitor.page.locator("#erasure .pill")).to_have_text("Finished")

    assert address not in visitor.main.inner_text()
    assert address not in house.sandbox.contacts_on(1)
    visitor.go("/person/")
    visitor.fill("E-mail address", address)
    visitor.press_in_page("Find")
    visitor.reads("No source has a profile with this address.")
    visitor.reads("No segment has this address among its members.")
    visitor.reads("No export has delivered this address to the list that it goes to now.")


def let_waiting_run_send(visitor: Visitor) -> None:
    """Approve the run of the sample: nobody is forgotten while their plan waits for approval."""
    visitor.go("/exports/")
    open_run_of("Winter mailing")(visitor)
    visitor.press_in_page("Approve and send")
    watch_run(visitor, outcome="Completed with rejects")
