"""What pages turn into when somebody does something on them: no link leads there."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

from playwright.sync_api import expect

from tests.e2e.customers import CUSTOMERS, as_csv
from tests.e2e.house import ADMINISTRATOR, Person
from tests.e2e.main_job import send_file
from tests.e2e.visitor import Visitor

# Which page, and what is done there.
Turn = tuple[str, Callable[[Visitor], None]]
# As spreadsheets of these languages write and read them.
_DELIMITERS = {"en": ",", "fr": ";"}
_SEND = "button => { button.form.noValidate = true; button.disabled = false; button.click(); }"
WIDE = 900  # pixels: beside narrower pages there is no navigation


def open_navigation(visitor: Visitor) -> None:
    if visitor.width < WIDE:
        visitor.press("Menu")
    visitor.page.locator("details.account > summary").click()


def open_keys(visitor: Visitor) -> None:
    visitor.page.keyboard.press("?")
    expect(visitor.page.get_by_role("dialog")).to_be_visible()


def send_nothing(visitor: Visitor) -> None:
    """Send the form as it is, to see its errors."""
    visitor.rest()
    visitor.main.locator(".form-actions .button-primary").first.evaluate(_SEND)
    expect(visitor.main.locator(".error-summary")).to_be_visible()


def fail_to_connect(visitor: Visitor) -> None:
    visitor.fill("Display name", "Account of the shop")
    visitor.fill("REST Endpoint Hostname", f"https://{visitor.house.sandbox.host}/api/3")
    visitor.fill("API key", "wrong-key")
    visitor.press("Connect")
    expect(visitor.main.locator(".steps .is-failed")).to_be_visible()


def build_rule(visitor: Visitor) -> None:
    for at, column in enumerate(("country", "orders")):
        visitor.press("Add condition")
        visitor.select(visitor.page.locator(f"#rule-{at}-column"), column)
    visitor.rest()


def check_file(visitor: Visitor) -> None:
    """Upload a file, and look at what it holds before it is saved."""
    send_file(visitor, name="customers.csv", content=as_csv(CUSTOMERS))


def refuse_file(visitor: Visitor) -> None:
    send_file(visitor, name="customers.csv", content=b"email,email\n")


def search_in_vain(visitor: Visitor) -> None:
    visitor.write(visitor.page.locator("#q"), "nothing is called this")
    expect(visitor.main.locator(".empty")).to_be_visible()


def with_ticked(do: str) -> Callable[[Visitor], None]:
    """Tick everything in a list, and say what is to be done with it: that is asked about."""

    def ask(visitor: Visitor) -> None:
        choose_for_all(visitor, do)
        expect(visitor.page.locator("[data-dialog-content]")).to_be_visible()

    return ask


def choose_for_all(visitor: Visitor, do: str) -> None:
    for box in visitor.main.locator("tbody [form=bulk]").all():
        visitor.check(box)
    visitor.page.locator("#bulk-do").select_option(do)
    visitor.press_in_page("Apply")


def take_back(visitor: Visitor) -> None:
    """Take back what was done with segments: that can be taken back as well."""
    choose_for_all(visitor, "make_static")
    visitor.activate(visitor.page.locator("form:has([name=confirmed]) button").first)
    with visitor.page.expect_navigation():
        visitor.press("Undo")
    expect(visitor.button("Undo")).to_be_visible()


def pick_list(visitor: Visitor) -> None:
    """Look for a list of the account that a new export is to go to."""
    visitor.choose("Connection for export", "Sandbox")
    visitor.fill("ActiveCampaign List ID", "e")
    expect(visitor.page.locator(".list-offer").first).to_be_visible()
    visitor.rest()


def mark_leavers(visitor: Visitor) -> None:
    visitor.unfold()
    visitor.check(visitor.main.locator("[name=leavers][value=mark]"))
    visitor.rest()


def unsubscribe_leavers(visitor: Visitor) -> None:
    visitor.unfold()
    visitor.check(visitor.main.locator("[name=leavers][value=unsubscribe]"))
    visitor.rest()


def see_preview(visitor: Visitor) -> None:
    """Wait for what a run would do, with the first rejects."""
    expect(visitor.page.locator("#preview")).to_be_visible()
    visitor.rest()


def preview(visitor: Visitor) -> None:
    visitor.press_in_page("Preview")
    see_preview(visitor)


def open_last_run(visitor: Visitor) -> None:
    """Open the last run from the page of its export."""
    visitor.activate(visitor.main.locator("a[href^='/runs/']").first)
    expect(visitor.page).to_have_url(re.compile(r"/runs/\d+/$"))


def open_named(name: str) -> Callable[[Visitor], None]:
    def open_it(visitor: Visitor) -> None:
        visitor.open(name)
        expect(visitor.heading).to_contain_text(name)

    return open_it


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
    prove(visitor, ADMINISTRATOR)
    if visitor.main.locator("[name=email]:visible").count():
        visitor.fill("E-mail address", somebody(visitor))
        visitor.press("Show what happens")
    visitor.reads("What stays")


def prove(visitor: Visitor, person: Person) -> None:
    """Prove who is asking, where that is asked once more."""
    expect(visitor.heading).to_be_visible()
    password = visitor.page.locator("[name=password]")
    if password.count():
        visitor.write(password, person.password)
        visitor.press("Confirm")
        expect(password).to_have_count(0)


def somebody(visitor: Visitor) -> str:
    """Return the address of one of those who were delivered to the list of the sample."""
    return max(visitor.house.sandbox.contacts_on(1))


def look_for_everybody(visitor: Visitor) -> None:
    """Ask ActiveCampaign who of those that a run sent is on the list."""
    open_run_of("Newsletter readers")(visitor)
    visitor.press_in_page("Look for everybody")
    expect(visitor.page.locator("#read-back .facts")).to_be_visible()


TURNS: dict[str, Turn] = {
    "navigation": ("/", open_navigation),
    "keys": ("/", open_keys),
    "file checked": ("/sources/add/upload/", check_file),
    "file refused": ("/sources/add/upload/", refuse_file),
    "errors source": ("/sources/add/upload/", send_nothing),
    "errors segment": ("/segments/add/", send_nothing),
    "rule": ("/segments/add/?source=1", build_rule),
    "segments delete": ("/segments/", with_ticked("delete")),
    "segments not found": ("/segments/", search_in_vain),
    "connection refused": ("/connections/add/", fail_to_connect),
    "connection without consent": ("/connections/", open_named("Québec account")),
    "export without connection": ("/exports/", open_named("Old mailing")),
    "connection limits": ("/connections/1/edit/", Visitor.unfold),
    "errors export": ("/exports/add/", send_nothing),
    "set-up list": ("/exports/add/", pick_list),
    "set-up segments": ("/exports/1/edit/?step=segments", Visitor.rest),
    "set-up matching": ("/exports/1/edit/?step=matching", Visitor.rest),
    "set-up leavers marked": ("/exports/1/edit/?step=options", mark_leavers),
    "set-up leavers unsubscribed": ("/exports/1/edit/?step=options", unsubscribe_leavers),
    "set-up preview": ("/exports/1/edit/?step=preview", see_preview),
    "preview": ("/exports/1/", preview),
    "exports run": ("/exports/", with_ticked("run")),
    "exports schedule": ("/exports/", with_ticked("schedule")),
    "exports remove": ("/exports/", with_ticked("remove")),
    "run waits": ("/exports/", open_run_of("Winter mailing")),
    "run approved": ("/exports/", open_run_of("Autumn mailing")),
    "run failed": ("/exports/", open_run_of("Summer mailing")),
    "run read back": ("/exports/", look_for_everybody),
    "approve": ("/exports/", ask_before_approving),
    "corrections": ("/exports/", correct_rejects),
    "suppression refused": ("/exports/1/suppression/", suppress_what_is_no_address),
    "suppression look up": ("/connections/1/suppression/", look_up_suppressed),
    "person found": ("/person/", find_somebody),
    "person unknown": ("/person/", find_nobody),
    "forget": ("/person/forget/", ask_before_forgetting),
    # Last, since what waits for approval is outdated by it.
    "segments undone": ("/segments/", take_back),
}
