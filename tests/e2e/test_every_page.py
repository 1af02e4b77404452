"""What must hold on every page, whoever made it, and in every state that it comes in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.accounts.totp import current_code
from tests.e2e.axe import barriers_on
from tests.e2e.browsing import Watch, open_window
from tests.e2e.customers import CUSTOMERS
from tests.e2e.house import (
    ADMINISTRATOR,
    CONTRIBUTOR,
    PEOPLE,
    SECURED,
    SECURED_BY,
    VIEWER,
    House,
    open_house,
)
from tests.e2e.inspection import Inspection, Look, moving_on, page_of
from tests.e2e.survey import SIGNED_OUT, survey
from tests.e2e.test_main_job import NAMED_FOR_THE_WAY, WAYS
from tests.e2e.turns import TURNS, prove
from tests.e2e.visitor import Visitor
from tests.test_roles import ROWS, address_like

pytestmark = pytest.mark.e2e

# Both languages, and both themes in each: contrast is measured in the other one as well.
LOOKS: dict[str, Look] = {
    "English, by day, enlarged as well": {"language": "en", "scheme": "light", "width": 1280},
    "French, by night, on a phone": {"language": "fr", "scheme": "dark", "width": 360},
}
# What the sample and the journeys call things, in whatever language.
NAMES = (
    *(person.name for person in PEOPLE),
    "France, Canada and Brazil",
    "Sample customers",
    "Account of the shop",
    # The audit trail keeps what things were called by who did it.
    "TOTP Authenticator",
    "Recovery codes",
    *(f"{thing} {way}" for way in WAYS for thing in NAMED_FOR_THE_WAY),
    *(" ".join(customer.note.split()) for customer in CUSTOMERS if customer.note),
)
OF_A_BEGINNING = ("/", "/sources/", "/segments/", "/segments/add/", "/exports/", "/exports/add/")
OF_A_VIEWER = ("/", "/sources/", "/segments/", "/exports/", "/exports/1/", "/exports/add/")
OF_A_SECOND_FACTOR = (
    "/accounts/2fa/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/reauthenticate/",
)
# Addresses that answer a GET, but not with a page of their own.
NO_PAGES = {
    "home_running": "a part of the first page",
    "exports:run_progress": "a part of the page of a run",
    "exports:read_back_progress": "a part of the page of a run",
    "exports:erasure_progress": "a part of the page of an erasure",
    "exports:duplicate": "leads to the set-up",
    "connections:add_export_user": "leads to the set-up",
    "connections:edit_export_user": "leads to the set-up",
    "account_set_password": "leads to changing it: everybody has a password",
    **dict.fromkeys(
        (
            "exports:suppression_csv",
            "exports:account_suppression_csv",
            "exports:rejects_csv",
            "exports:missing_csv",
            "segments:members_csv",
            "mfa_download_recovery_codes",
        ),
        "a download",
    ),
}


@pytest.fixture(scope="module")
def new_house() -> Iterator[House]:
    """Start an installation without anything but people, which shows the style guide."""
    with open_house(DEBUG="true") as started:
        started.add("make_people()")
        yield started


@pytest.fixture(scope="module", params=LOOKS)
def inspection(
    request: pytest.FixtureRequest, house: House, new_house: House, browser: Browser
) -> Inspection:
    """Look over everything, as each person that sees something else than the others."""
    look = LOOKS[request.param]
    found = Inspection(look, names=NAMES)
    for where, person, look_over in (
        (new_house, ADMINISTRATOR, look_over_beginning),
        (new_house, CONTRIBUTOR, look_over_beginning),
        (house, None, look_over_entrance),
        (house, None, look_over_second_factor),
        (house, VIEWER, look_over_what_a_viewer_sees),
        (house, ADMINISTRATOR, look_over_turns_and_pages),
    ):
        with open_window(browser, **look) as window:
            visitor = Visitor(where, window.new_page(), Watch(window), look["language"])
            if person:
                visitor.sign_in(person)
            look_over(found, visitor)
            found.faults["forbidden"] += visitor.watch.faults
    return found


def look_over_beginning(found: Inspection, visitor: Visitor) -> None:
    for path in OF_A_BEGINNING:
        visitor.go(path)
        found.look_over_all(visitor, f"{path} of a new installation")


def look_over_entrance(found: Inspection, visitor: Visitor) -> None:
    visitor.watch.expected |= {404}
    for path in SIGNED_OUT:
        visitor.go(path)
        found.look_over_all(visitor, f"{path} signed out")


def look_over_what_a_viewer_sees(found: Inspection, visitor: Visitor) -> None:
    visitor.watch.expected |= {403}
    for path in OF_A_VIEWER:
        visitor.go(path)
        found.look_over_all(visitor, f"{path} as a viewer")


def look_over_second_factor(found: Inspection, visitor: Visitor) -> None:
    visitor.sign_in(SECURED)
    found.look_over_all(visitor, "second factor asked for")
    visitor.write(visitor.page.locator("[name=code]"), current_code(SECURED_BY))
    visitor.press("Sign in")
    expect(visitor.heading).to_have_text(visitor.say("Home"))
    for path in OF_A_SECOND_FACTOR:
        visitor.go(path)
        prove(visitor, SECURED)
        found.look_over_all(visitor, f"{path} with one")


def look_over_turns_and_pages(found: Inspection, visitor: Visitor) -> None:
    for name, (path, do) in TURNS.items():
        visitor.go(path)
        do(visitor)
        found.look_over(visitor, name)
    for path in survey(visitor):
        found.look_over_all(visitor, path)


def test_nothing_keeps_anybody_out(inspection: Inspection) -> None:
    assert not inspection.faults["barrier"], inspection.of("barrier")


def test_nothing_scrolls_sideways_on_a_phone_or_at_twice_the_size(inspection: Inspection) -> None:
    assert not inspection.faults["sideways"], inspection.of("sideways")


def test_nothing_moves_for_who_wants_it_calm(inspection: Inspection) -> None:
    assert not inspection.faults["moving"], inspection.of("moving")


def test_waiting_moves_for_everybody_else(new_house: House, browser: Browser) -> None:
    with open_window(browser) as window:
        page = window.new_page()
        page.goto(f"{new_house.address}/styleguide/")
        assert moving_on(page) == []

        page.emulate_media(reduced_motion="no-preference")

        assert moving_on(page) != []


def test_no_part_of_the_style_guide_keeps_anybody_out(new_house: House, browser: Browser) -> None:
    with open_window(browser) as window:
        page = window.new_page()
        page.goto(f"{new_house.address}/styleguide/")

        assert barriers_on(page, scheme="light") == []


def test_no_english_is_left_on_french_pages(inspection: Inspection) -> None:
    assert not inspection.faults["English"], inspection.of("English")


def test_no_page_fails_or_asks_for_what_it_may_not(inspection: Inspection) -> None:
    assert not inspection.faults["forbidden"], inspection.of("forbidden")


def test_no_page_was_forgotten(inspection: Inspection) -> None:
    """A new address is a page that the survey finds, or turns lead to, or it says why not."""
    answering = {
        page_of(address_like(row.route)) for row in ROWS if row.method == "GET" and row.is_open
    }

    assert answering - inspection.pages - NO_PAGES.keys() == set()
    assert NO_PAGES.keys() - answering == set()
