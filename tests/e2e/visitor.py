"""Somebody at a browser: goes to pages, presses buttons, fills in forms by their labels."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from tests.e2e.browsing import PATIENCE, Watch
from tests.e2e.house import House, Person
from tests.e2e.words import words

BUSY = ".htmx-request, .htmx-swapping, .htmx-added, .htmx-settling"
_SHOWS_FOCUS = "element => getComputedStyle(element).outlineStyle !== 'none'"
_OPEN = "parts => parts.forEach(part => { part.open = true })"


@dataclass
class Visitor:
    """A page of somebody's browser. Texts are English here, and looked up in their language."""

    house: House
    page: Page
    watch: Watch
    language: str = "en"
    scripts: bool = True

    def say(self, text: str) -> str:
        """Return a text as it stands on this visitor's screen."""
        return words(self.language)(text)

    # Looking

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def heading(self) -> Locator:
        return self.main.get_by_role("heading", level=1)

    @property
    def width(self) -> int:
        """The width of the window in CSS pixels."""
        return int(self.page.evaluate("innerWidth"))

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=self.say(text), exact=True)

    def link(self, text: str) -> Locator:
        return self.main.get_by_role("link", name=self.say(text), exact=True)

    def field(self, label: str) -> Locator:
        """Return a field by its label; what the label says besides, like (optional), is ignored."""
        return self.main.get_by_label(self.say(label)).first

    def reads(self, text: str) -> None:
        """Wait until the page shows a text, which is translated."""
        self.sees(self.say(text))

    def sees(self, text: str) -> None:
        """Wait until the page shows a text, as it is."""
        expect(self.main).to_contain_text(text)

    def rest(self) -> None:
        """Wait until htmx has done what it was asked for: only then does a new part listen."""
        expect(self.page.locator(BUSY)).to_have_count(0)

    def look_again(self, link: str, *, until: Callable[[], bool]) -> None:
        """Without scripts, follow the link to the current state until that is what is hoped for."""
        deadline = time.monotonic() + 3 * PATIENCE / 1000
        while not self.scripts and not until() and time.monotonic() < deadline:
            with self.page.expect_navigation():
                self.follow(link)

    # Doing

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(f"{self.house.address}{path}")

    def sign_in(self, person: Person) -> None:
        """Sign in with e-mail address and password."""
        self.go("/accounts/login/")
        self.write(self.page.locator("[name=login]"), person.email)
        self.write(self.page.locator("[name=password]"), person.password)
        self.press("Sign in")
        expect(self.page).not_to_have_url(re.compile("/accounts/login/"))

    def press(self, text: str) -> None:
        self.activate(self.button(text).first)

    def press_in_page(self, text: str) -> None:
        """Press a button of the page itself, not of the navigation around it."""
        self.activate(self.main.get_by_role("button", name=self.say(text), exact=True).first)

    def follow(self, text: str) -> None:
        self.activate(self.link(text).first)

    def unfold(self) -> None:
        """Open whatever is folded in the page itself."""
        self.main.locator("details:not(.menu)").evaluate_all(_OPEN)

    def open(self, name: str) -> None:
        """Follow the link to something that people gave this name."""
        self.activate(self.main.get_by_role("link", name=name, exact=True).first)

    def fill(self, label: str, value: str) -> None:
        self.write(self.field(label), value)

    def tick(self, label: str) -> None:
        self.check(self.main.get_by_label(self.say(label), exact=True))

    def choose(self, label: str, option: str) -> None:
        """Choose from a list; `option` is not translated."""
        self.select(self.field(label), option)

    def attach(self, label: str, *, name: str, content: bytes) -> None:
        """Choose a file to upload."""
        file = FilePayload(name=name, mimeType="text/csv", buffer=content)
        with self.page.expect_file_chooser() as chooser:
            self.activate(self.field(label))
        chooser.value.set_files(file)

    # How it is done: with the mouse

    def activate(self, target: Locator) -> None:
        self.rest()
        target.click()

    def write(self, target: Locator, text: str) -> None:
        self.rest()
        target.fill(text)

    def check(self, target: Locator) -> None:
        self.rest()
        target.check()

    def select(self, target: Locator, option: str) -> None:
        self.rest()
        target.select_option(label=option)


class KeyboardVisitor(Visitor):
    """Somebody without a mouse."""

    def activate(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def check(self, target: Locator) -> None:
        if target.get_attribute("type") == "radio":
            self._check_radio(target)
            return
        self.reach(target)
        self.page.keyboard.press("Space")

    def select(self, target: Locator, option: str) -> None:
        self.reach(target)
        labels = target.locator("option").all_text_contents()
        self.page.keyboard.press("Home")
        for _ in labels[: [label.strip() for label in labels].index(option)]:
            self.rest()
            self.page.keyboard.press("ArrowDown")
        self.rest()
        expect(target.locator("option:checked")).to_have_text(option)

    def reach(self, target: Locator) -> None:
        """Press Tab until the target has the focus."""
        self.rest()
        expect(target).to_be_visible()
        for _ in range(200):
            if target.evaluate("element => element === document.activeElement"):
                assert target.evaluate(_SHOWS_FOCUS), f"Nobody sees that {target} has the focus."
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The Tab key does not lead to {target}.")

    def _check_radio(self, target: Locator) -> None:
        """Go to the group, which Tab enters at the chosen one, then to the other."""
        name = target.get_attribute("name")
        self.reach(self.main.locator(f"[name='{name}']:checked"))
        while not target.is_checked():
            self.page.keyboard.press("ArrowDown")
