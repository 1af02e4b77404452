"""One installation and one browser for all journeys; a visitor for whoever takes one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, StorageState

from tests.e2e.browsing import Watch, open_browser, open_window
from tests.e2e.house import House, Person, fill, open_house
from tests.e2e.visitor import KeyboardVisitor, Visitor


class Visit(Protocol):
    """Opens a browser of its own, signed in as the given person or as nobody."""

    def __call__(
        self,
        person: Person | None = None,
        *,
        language: str = "en",
        width: int = 1280,
        zoom: int = 1,
        scripts: bool = True,
        scheme: str = "light",
        mouse: bool = True,
    ) -> Visitor: ...


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take the journeys last: Playwright's event loop keeps Django from its database."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Start an installation with the sample of `make demo` in it, and what goes wrong."""
    with open_house() as started:
        fill(started)
        started.add("make_decided(); samples.make(); samples.make_secured(); samples.wait()")
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as started:
        yield started


@pytest.fixture(scope="session")
def _signed_in(house: House, browser: Browser) -> dict[Person, StorageState]:
    """Keep the cookies of those who signed in once."""
    return {}


@pytest.fixture
def visit(
    house: House, browser: Browser, _signed_in: dict[Person, StorageState]
) -> Iterator[Visit]:
    """Open browsers; the test fails when a page in any of them did what no page may do."""
    visitors: list[Visitor] = []

    def open_visit(
        person: Person | None = None,
        *,
        language: str = "en",
        scripts: bool = True,
        mouse: bool = True,
        **look: str | int,
    ) -> Visitor:
        cookies = _signed_in.get(person) if person else None
        window = open_window(browser, language=language, scripts=scripts, cookies=cookies, **look)
        kind = Visitor if mouse else KeyboardVisitor
        visitor = kind(house, window.new_page(), Watch(window), language, scripts)
        visitors.append(visitor)
        if person and person not in _signed_in:
            visitor.sign_in(person)
            _signed_in[person] = visitor.context.storage_state()
        return visitor

    yield open_visit

    for visitor in visitors:
        visitor.context.close()
    faults = [fault for visitor in visitors for fault in visitor.watch.faults]
    assert not faults, "\n".join(dict.fromkeys(faults))
