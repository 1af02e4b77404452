"""Looks over pages for what must hold on every one of them, and notes what does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypedDict
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Page, expect

from tests.e2e.axe import barriers_on
from tests.e2e.english import english_on
from tests.e2e.visitor import Visitor

ZOOMED = {"width": 640, "height": 450}  # CSS pixels of a screen of 1280 by 900 at 200 % zoom
_ADDRESSES = "links => links.map(link => link.getAttribute('href'))"
# As it is once it has been drawn at this width.
_WIDTH = """
new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  done(document.documentElement.scrollWidth);
})))
"""
_MOVING = """
document.getAnimations()
  .filter(one => one.playState === "running")
  .map(one => one.effect.target.outerHTML.slice(0, 80))
"""


class Look(TypedDict):
    """How somebody looks at pages."""

    language: str
    scheme: str
    width: int


class Inspection:
    """What is found by looking over pages, by kind of fault; `names` are no English."""

    def __init__(self, look: Look, *, names: tuple[str, ...]) -> None:
        self.look = look
        self.names = names
        self.faults: defaultdict[str, list[str]] = defaultdict(list)
        self.pages: set[str] = set()  # by their names in the URL configuration
        self._asked: set[str] = set()  # menus and questions that were looked over

    def of(self, kind: str) -> str:
        """Return the faults of a kind, one a line; nothing is as it should be."""
        return "\n".join(dict.fromkeys(self.faults[kind]))

    def look_over_all(self, visitor: Visitor, what: str) -> None:
        """Look over the open page with all its parts unfolded, its menus and its questions."""
        visitor.unfold()
        self.look_over(visitor, what)
        for menu in self._open_menus(visitor.page):
            self.look_over(visitor, f"{what}, menu {menu}", within="details.menu[open]")
        for question in self._open_questions(visitor.page):
            self.look_over(visitor, f"{what}, question {question}", within="dialog[open]")

    def look_over(self, visitor: Visitor, what: str, *, within: str = "html") -> None:
        """Note what does not hold on the open page, calling it `what`."""
        page = visitor.page
        found = {
            "barrier": barriers_on(page, scheme=self.look["scheme"], within=within),
            "sideways": sideways_on(page),
            "moving": moving_on(page),
        }
        if self.look["language"] == "fr":
            found["English"] = english_on(page, known=self.names)
        for kind, texts in found.items():
            self.faults[kind] += [f"{what}: {text}" for text in texts]
        self.pages.add(page_of(page.url))

    def _open_menus(self, page: Page) -> Iterator[str]:
        """Open the menus that offer what none before did, one after the other."""
        menus = page.locator("details.menu")
        for at, text in enumerate(menus.all_text_contents()):
            offers = " ".join(text.split())
            if offers in self._asked:
                continue
            self._asked.add(offers)
            menus.nth(at).evaluate("menu => { menu.open = true }")
            yield offers[:60]
            menus.nth(at).evaluate("menu => { menu.open = false }")

    def _open_questions(self, page: Page) -> Iterator[str]:
        """Open the dialogs of the page that none of its kind was seen of."""
        for address in page.locator("a[data-dialog]").evaluate_all(_ADDRESSES):
            kind = page_of(address)
            if kind in self._asked:
                continue
            self._asked.add(kind)
            link = page.locator(f"a[data-dialog][href='{address}']").first
            link.evaluate("link => link.click()")
            expect(page.get_by_role("dialog")).to_be_visible()
            yield address
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_be_hidden()


def moving_on(page: Page) -> list[str]:
    """Return what moves on a page, by the beginning of its markup."""
    moving: list[str] = page.evaluate(_MOVING)
    return moving


def sideways_on(page: Page) -> list[str]:
    """Return how much wider a page is than its window, as it is and at 200 % zoom.

    Tables may scroll for themselves.
    """
    usual = page.viewport_size or ZOOMED
    needed = {usual["width"]: page.evaluate(_WIDTH)}
    if usual["width"] > ZOOMED["width"]:
        page.set_viewport_size(ZOOMED)
        needed[ZOOMED["width"]] = page.evaluate(_WIDTH)
        page.set_viewport_size(usual)
    return [f"{wide} px wide on {has} px" for has, wide in needed.items() if wide > has]


def page_of(address: str) -> str:
    """Return the name that the URL configuration has for a page; of what is none, nothing."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""
