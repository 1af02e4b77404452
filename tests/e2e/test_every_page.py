"""What must hold on every page, whoever made it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import barriers_on
from tests.e2e.conftest import Visit
from tests.e2e.customers import CUSTOMERS
from tests.e2e.english import english_on
from tests.e2e.house import ADMINISTRATOR, PEOPLE
from tests.e2e.survey import SIGNED_OUT, kind_of
from tests.e2e.test_main_job import NAMED_FOR_THE_WAY, WAYS
from tests.e2e.turns import TURNS
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e

LOOKS = {
    "English, by day": {"language": "en", "scheme": "light", "width": 1280},
    "French, by night, on a phone": {"language": "fr", "scheme": "dark", "width": 360},
}
# What the sample and the journeys call things, in whatever language.
NAMES = (
    *(person.name for person in PEOPLE),
    "France, Canada and Brazil",
    "Sample customers",
    *(f"{thing} {way}" for way in WAYS for thing in NAMED_FOR_THE_WAY),
    *(" ".join(customer.note.split()) for customer in CUSTOMERS if customer.note),
)


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> dict[str, str | int]:
    return LOOKS[request.param]


def test_no_page_keeps_anybody_out(
    visit: Visit, pages: list[str], look: dict[str, str | int]
) -> None:
    visitor = visit(ADMINISTRATOR, **look)
    visitor.watch.expected |= {404}

    barriers = []
    for path in pages:
        visitor.go(path)
        barriers += [f"{path} {one}" for one in barriers_on(visitor.page, scheme=look["scheme"])]

    assert not barriers, "\n".join(barriers)


def test_nothing_that_a_page_turns_into_keeps_anybody_out(
    visit: Visit, look: dict[str, str | int]
) -> None:
    visitor = visit(ADMINISTRATOR, **look)

    faults = []
    for name, (path, do) in TURNS.items():
        visitor.go(path)
        do(visitor)
        found = barriers_on(visitor.page, scheme=look["scheme"])
        found += [f"{width} px wide" for width in [width_of(visitor)] if width > look["width"]]
        if look["language"] == "fr":
            found += [f"English: {text}" for text in english_on(visitor.page, known=NAMES)]
        faults += [f"{name}: {one}" for one in found]

    assert not faults, "\n".join(faults)


def width_of(visitor: Visitor) -> int:
    """Return how many pixels the page needs; more than it has, and it scrolls sideways."""
    return int(visitor.page.evaluate("document.documentElement.scrollWidth"))


def test_no_page_keeps_out_who_is_not_signed_in(visit: Visit, look: dict[str, str | int]) -> None:
    visitor = visit(**look)
    visitor.watch.expected |= {404}

    barriers = []
    for path in SIGNED_OUT:
        visitor.go(path)
        barriers += [f"{path} {one}" for one in barriers_on(visitor.page, scheme=look["scheme"])]

    assert not barriers, "\n".join(barriers)


def test_no_open_dialog_keeps_anybody_out(
    visit: Visit, pages: list[str], look: dict[str, str | int]
) -> None:
    visitor = visit(ADMINISTRATOR, **look)
    dialog = visitor.page.get_by_role("dialog")

    barriers, asked = [], set()
    for path in pages:
        visitor.watch.expected |= {404}
        visitor.go(path)
        for address in visitor.page.locator("main a[data-dialog]").evaluate_all(
            "links => links.map(link => link.getAttribute('href'))"
        ):
            if kind_of(address) in asked:
                continue
            asked.add(kind_of(address))
            visitor.page.locator(f"a[data-dialog][href='{address}']").first.evaluate(
                "link => link.click()"
            )
            expect(dialog).to_be_visible()
            barriers += [
                f"{address} {one}" for one in barriers_on(visitor.page, scheme=look["scheme"])
            ]
            visitor.page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()

    assert asked
    assert not barriers, "\n".join(barriers)


def test_no_english_is_left_on_french_pages(visit: Visit, pages: list[str]) -> None:
    visitor = visit(ADMINISTRATOR, language="fr")
    visitor.watch.expected |= {404}

    left = []
    for path in pages:
        visitor.go(path)
        left += [f"{path}: {text}" for text in english_on(visitor.page, known=NAMES)]

    assert not left, "\n".join(left)


def test_no_english_is_left_on_french_pages_of_who_is_not_signed_in(visit: Visit) -> None:
    visitor = visit(language="fr")
    visitor.watch.expected |= {404}

    left = []
    for path in SIGNED_OUT:
        visitor.go(path)
        left += [f"{path}: {text}" for text in english_on(visitor.page)]

    assert not left, "\n".join(left)
