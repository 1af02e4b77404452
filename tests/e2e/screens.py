"""Which screens there are pictures of, besides the pages that links and turns lead to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.accounts.totp import current_code
from tests.e2e.house import ADMINISTRATOR, SECURED, SECURED_BY, VIEWER, Person
from tests.e2e.turns import TURNS, open_run_of, prove
from tests.e2e.visitor import Visitor

STEP = 30  # seconds, for which a code of an authenticator is good


@dataclass(frozen=True)
class Screen:
    """A page as it looks after `do`."""

    name: str
    path: str
    person: Person | None = ADMINISTRATOR
    do: Callable[[Visitor], None] | None = None
    is_printed: bool = False


def open_menu(visitor: Visitor) -> None:
    visitor.main.locator("tbody details.menu > summary").first.click()


def open_columns(visitor: Visitor) -> None:
    visitor.main.locator("details.columns > summary").click()


def open_dialog(visitor: Visitor) -> None:
    visitor.main.locator("a[data-dialog]").last.evaluate("link => link.click()")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


def unfold(visitor: Visitor) -> None:
    visitor.unfold()
    visitor.rest()


def choose_by_keyboard(visitor: Visitor) -> None:
    """Give the focus to a button as the Tab key does, so that its ring is seen."""
    visitor.main.locator(".button-primary").first.focus()
    visitor.page.keyboard.press("Shift+Tab")
    visitor.page.keyboard.press("Tab")


def be_mistaken(visitor: Visitor) -> None:
    """Sign in with a password that is wrong."""
    visitor.write(visitor.page.locator("[name=login]"), VIEWER.email)
    visitor.write(visitor.page.locator("[name=password]"), "not this one")
    visitor.press("Sign in")
    expect(visitor.page.locator(".error-summary, .field-errors").first).to_be_visible()


def lose_cookies(visitor: Visitor) -> None:
    """Send a form that belongs to nobody's session."""
    visitor.watch.expected |= {403}
    visitor.write(visitor.page.locator("[name=login]"), VIEWER.email)
    visitor.write(visitor.page.locator("[name=password]"), VIEWER.password)
    visitor.context.clear_cookies()
    visitor.press("Sign in")
    expect(visitor.page.locator("[lang=fr]")).to_be_visible()


def give_code(visitor: Visitor) -> None:
    """Sign in with the second factor, and look at what there is of it."""
    # A code is good for once, and the picture before may have needed this one.
    visitor.page.wait_for_timeout(1000 * (STEP - time.time() % STEP))
    visitor.write(visitor.page.locator("[name=code]"), current_code(SECURED_BY))
    visitor.press("Sign in")
    expect(visitor.heading).to_have_text(visitor.say("Home"))
    visitor.go("/accounts/2fa/")


def see_codes(visitor: Visitor) -> None:
    prove(visitor, SECURED)
    expect(visitor.page.locator(".codes")).to_be_visible()


STATES = (
    Screen("state menu of an export", "/exports/", do=open_menu),
    Screen("state columns", "/exports/", do=open_columns),
    Screen("state focus", "/exports/", do=choose_by_keyboard),
    Screen("state dialog", "/exports/1/", do=open_dialog),
    Screen("state run under way", "/exports/", do=open_run_of("Spring catalogue")),
    Screen("state unfolded export", "/exports/1/edit/?step=options", do=unfold),
    Screen("state unfolded connection", "/connections/1/edit/", do=unfold),
    Screen("state printed run", "/runs/1/", is_printed=True),
    Screen("state viewer home", "/", VIEWER),
    Screen("state viewer export", "/exports/1/", VIEWER),
    Screen("state viewer kept out", "/connections/", VIEWER),
    Screen("state password refused", "/accounts/login/", None, be_mistaken),
    Screen("state second factor", "/accounts/2fa/authenticate/", SECURED),
    Screen("state second factor given", "/accounts/2fa/authenticate/", SECURED, give_code),
    Screen("state recovery codes", "/accounts/2fa/recovery-codes/", SECURED, see_codes),
    # Last: whoever was signed in is not any more.
    Screen("state form expired", "/accounts/login/", None, lose_cookies),
    *(Screen(f"state {name}", path, do=do) for name, (path, do) in TURNS.items()),
)
BEGINNING = ("/", "/sources/", "/segments/", "/segments/add/", "/exports/", "/exports/add/")
EMPTY = (
    *(("empty", ADMINISTRATOR, path) for path in BEGINNING),
    *(("empty", ADMINISTRATOR, path) for path in ("/connections/", "/system/status/")),
    ("empty", ADMINISTRATOR, "/system/audit/"),
    *(("viewer empty", VIEWER, path) for path in BEGINNING),
)
# What only an installation for development shows: its parts, and how it fails.
PARTS = (
    Screen("styleguide", "/styleguide/"),
    Screen("styleguide messages", "/styleguide/?messages=1"),
    *(
        Screen(f"failure {status}", f"/styleguide/?failure={status}")
        for status in (400, 403, 404, 429, 500, 503)
    ),
)
