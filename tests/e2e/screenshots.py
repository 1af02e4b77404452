"""python -m tests.e2e.screenshots: pictures of every screen, in four variants, in screenshots/.

With words as arguments, only of screens whose name holds one of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browsing import Watch, open_browser, open_window
from tests.e2e.house import ADMINISTRATOR, House, Person, fill, open_house
from tests.e2e.screens import EMPTY, PARTS, STATES, Screen
from tests.e2e.survey import SIGNED_OUT, survey
from tests.e2e.visitor import Visitor

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
VARIANTS = {
    "en-light-1440": {"language": "en", "scheme": "light", "width": 1440},
    "fr-dark-1440": {"language": "fr", "scheme": "dark", "width": 1440},
    "en-light-360": {"language": "en", "scheme": "light", "width": 360},
    "fr-dark-360": {"language": "fr", "scheme": "dark", "width": 360},
}
FLOATING = "dialog[open], .menu[open], :popover-open"


def main(wanted: list[str]) -> None:
    """Take the pictures, of an installation in use and of an empty one."""
    with open_browser() as browser:
        with open_house() as house:
            fill(house)
            house.add("make_decided()")
            # Whatever is sent from now on stays under way.
            house.sandbox.switches.processing_seconds = 3600.0
            house.add("make(); samples.make_secured()")
            take(house, browser, [*found_by(house, browser), *STATES], wanted)
        with open_house(DEBUG="true") as house:
            house.add("make_people()")
            empty = [Screen(f"{kind} {name_of(path)}", path, who) for kind, who, path in EMPTY]
            take(house, browser, [*empty, *PARTS], wanted)


def found_by(house: House, browser: Browser) -> Iterator[Screen]:
    """Yield every page that a link leads to, and those of who is not signed in."""
    with somebody(house, browser, ADMINISTRATOR, "en-light-1440") as visitor:
        addresses = list(survey(visitor, alike=2))
    yield from (Screen(name_of(path), path) for path in addresses)
    yield from (Screen(f"signed out {name_of(path)}", path, None) for path in SIGNED_OUT)


def take(house: House, browser: Browser, screens: list[Screen], wanted: list[str]) -> None:
    """Write the pictures, one variant after the other."""
    chosen = [one for one in screens if not wanted or any(word in one.name for word in wanted)]
    for variant in VARIANTS:
        (FOLDER / variant).mkdir(parents=True, exist_ok=True)
        for person in dict.fromkeys(screen.person for screen in chosen):
            with somebody(house, browser, person, variant) as visitor:
                for screen in (one for one in chosen if one.person == person):
                    picture(visitor, screen, FOLDER / variant)


def picture(visitor: Visitor, screen: Screen, folder: Path) -> None:
    visitor.go(screen.path)
    if screen.do:
        screen.do(visitor)
    visitor.rest()
    visitor.page.emulate_media(media="print" if screen.is_printed else "screen")
    file = folder / f"{screen.name.replace(' ', '-')}.png"
    # What floats is about the window; whatever else is shown from its head to its end.
    visitor.page.screenshot(path=file, full_page=visitor.page.locator(FLOATING).count() == 0)
    sys.stdout.write(f"{file.relative_to(FOLDER.parent)}\n")


@contextmanager
def somebody(
    house: House, browser: Browser, person: Person | None, variant: str
) -> Iterator[Visitor]:
    look = VARIANTS[variant]
    with open_window(browser, **look) as window:
        visitor = Visitor(house, window.new_page(), Watch(window), look["language"])
        if person:
            visitor.sign_in(person)
        yield visitor


def name_of(path: str) -> str:
    """Return a file name that tells which page it was."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"


if __name__ == "__main__":
    main(sys.argv[1:])
