"""What pages turn into when somebody does something on them: no link leads there."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

from playwright.sync_api import expect

from tests.e2e.house import ADMINISTRATOR
from tests.e2e.visitor import Visitor

# Which page, and what is done there.
Turn = tuple[str, Callable[[Visitor], None]]
# As spreadsheets of these languages write and read them.
_DELIMITERS = {"en": ",", "fr": ";"}
_OPEN_ALL = "parts => parts.forEach(part => { part.open = true })"


def open_parts(visitor: Visitor) -> None:
    """Open whatever is folded in the page itself."""
    visitor.main.locator("details:not(.menu)").evaluate_all(_OPEN_ALL)


def mark_leavers(visitor: Visitor) -> None:
    open_parts(visitor)
    visitor.check(visitor.main.locator("[name=leavers][value=mark]"))
    visitor.rest()


def unsubscribe_leavers(visitor: Visitor) -> None:
    open_parts(visitor)
    visitor.check(visitor.main.locator("[name=leavers][value=unsubscribe]"))
    visitor.rest()


def preview(visitor: Visitor) -> None:
    """Look at what a run would do, with the first rejects."""
    visitor.press_in_page("Preview")
    expect(visitor.page.locator("#preview")).to_be_visible()
    visitor.rest()
    visitor.page.locator("#preview details").evaluate_all(_OPEN_ALL)


def open_last_run(visitor: Visitor) -> None:
    """Open the last run from the page of its export."""
    visitor.activate(visitor.main.locator("a[href^='/runs/']").first)
    expect(visitor.page).to_have_url(re.compile(r"/runs/\d+/$"))


def open_run_of(export: str) -> Callable[[Visitor], None]:
    def open_run(visitor: Visitor) -> None:
        visitor.open(export)
        open_last_run(visitor)

    return open_run


def ask_before_approving(visitor: Visitor) -> None:
    open_run_of("Winter mailing")(visitor)
    visitor.page.goto(f"{visitor.page.url}approve/")


def correct_rejects(visitor: Visitor) -> None:
    """Upload the rejects of the run with the addresses that they lack, and one row of nobody."""
    open_run_of("Newsletter readers")(visitor)
    rows = rejects_of(visitor)
    for row in rows[1:]:
        row[3] = "corrected@poste.example"
    upload_rejects(visitor, [*rows, ["r999-s1-1", *rows[0][1:]]])


def rejects_of(visitor: Visitor) -> list[list[str]]:
    """Download the rejects of the open run; return the rows of the file, its header first."""
    with visitor.page.expect_download() as started:
        visitor.follow("Download all")
    with open(started.value.path(), encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
        return list(csv.reader(file, delimiter=_DELIMITERS[visitor.language]))


def upload_rejects(visitor: Visitor, rows: list[list[str]]) -> None:
    """Upload corrected rejects, and come to the page that shows what was understood."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=_DELIMITERS[visitor.language]).writerows(rows)
    visitor.follow("Upload corrections")
    visitor.attach("File", name="rejects.csv", content=text.getvalue().encode())
    visitor.press_in_page("Upload")
    expect(visitor.heading).to_have_text(visitor.say("What was understood"))


def suppress_what_is_no_address(visitor: Visitor) -> None:
    visitor.write(visitor.main.locator("[name=text]"), "never@poste.example\nnot an address")
    visitor.press_in_page("Add")
    expect(visitor.page.locator("#refused-title")).to_be_visible()


def look_up_suppressed(visitor: Visitor) -> None:
    visitor.fill("E-mail address", "never@poste.example")
    visitor.press_in_page("Look up")
    visitor.reads("Remove from the list")


def find_somebody(visitor: Visitor) -> None:
    visitor.fill("E-mail address", somebody(visitor))
    visitor.press_in_page("Find")
    visitor.reads("In segments")


def find_nobody(visitor: Visitor) -> None:
    visitor.fill("E-mail address", "nobody@poste.example")
    visitor.press_in_page("Find")
    visitor.reads("In segments")


def ask_before_forgetting(visitor: Visitor) -> None:
    """Read what forgetting somebody means, after proving once more who is asking if need be."""
    expect(visitor.heading).to_be_visible()
    password = visitor.page.locator("[name=password]")
    if password.count():
        visitor.write(password, ADMINISTRATOR.password)
        visitor.press("Confirm")
        expect(password).to_have_count(0)
    if visitor.main.locator("[name=email]:visible").count():
        visitor.fill("E-mail address", somebody(visitor))
        visitor.press("Show what happens")
    visitor.reads("What stays")


def somebody(visitor: Visitor) -> str:
    """Return the address of one of those who were delivered to the list of the sample."""
    return max(visitor.house.sandbox.contacts_on(1))


TURNS: dict[str, Turn] = {
    "set-up leavers marked": ("/exports/1/edit/", mark_leavers),
    "set-up leavers unsubscribed": ("/exports/1/edit/", unsubscribe_leavers),
    "set-up preview": ("/exports/1/edit/", preview),
    "preview": ("/exports/1/", preview),
    "run waits": ("/exports/", open_run_of("Winter mailing")),
    "run approved": ("/exports/", open_run_of("Autumn mailing")),
    "approve": ("/exports/", ask_before_approving),
    "corrections": ("/exports/", correct_rejects),
    "suppression refused": ("/exports/1/suppression/", suppress_what_is_no_address),
    "suppression look up": ("/connections/1/suppression/", look_up_suppressed),
    "person found": ("/person/", find_somebody),
    "person unknown": ("/person/", find_nobody),
    "forget": ("/person/forget/", ask_before_forgetting),
    "connection limits": ("/connections/1/edit/", open_parts),
}
