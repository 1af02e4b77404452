"""The steps of the main job, each as one person does it on the screen."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from connections.activecampaign.sandbox.sandbox import Sandbox
from tests.e2e.customers import WANTED
from tests.e2e.house import Person
from tests.e2e.visitor import Visitor


def begin_connection(visitor: Visitor, *, name: str, host: str) -> None:
    """Open the form of a new connection, and fill in all but the key."""
    visitor.go("/connections/")
    visitor.follow("Add connection")
    visitor.fill("Display name", name)
    visitor.tick("Administrators and contributors")
    visitor.fill("REST Endpoint Hostname", host)


def try_key(visitor: Visitor, key: str) -> None:
    visitor.fill("API key", key)
    visitor.press("Connect")


def finish_connection(visitor: Visitor, person: Person) -> None:
    """Agree, become the export user, save."""
    visitor.tick("I agree")
    visitor.press("Add yourself as export user")
    visitor.write(visitor.page.locator("[name=password]"), person.password)
    visitor.press("Confirm")
    visitor.sees(person.name)
    visitor.press("Save")
    expect(visitor.page).to_have_url(f"{visitor.house.address}/connections/")


def upload_source(visitor: Visitor, *, name: str, content: bytes) -> None:
    """Make a source of a file, and come to its page once it has been read."""
    visitor.go("/sources/")
    visitor.follow("Add source")
    visitor.follow("Uploaded file")
    send_file(visitor, name="customers.csv", content=content)
    visitor.fill("Display name", name)
    visitor.press("Save")
    watch_reading(visitor, file="customers.csv")


def upload_again(visitor: Visitor, *, source: str, content: bytes) -> None:
    """Give a source a new file, and wait until it has been read."""
    visitor.go("/sources/")
    visitor.open(source)
    visitor.follow("Upload a new file")
    send_file(visitor, name="customers again.csv", content=content)
    visitor.press("Replace the profiles")
    watch_reading(visitor, file="customers again.csv")


def send_file(visitor: Visitor, *, name: str, content: bytes) -> None:
    """Upload a file, and come to the page that shows what it holds."""
    visitor.attach("File", name=name, content=content)
    visitor.press("Upload")
    expect(visitor.heading).to_have_text(visitor.say("Check the file"))
    visitor.sees(name)


def watch_reading(visitor: Visitor, *, file: str) -> None:
    """Look at a source until it has been read."""
    expect(visitor.page).to_have_url(re.compile(r"/sources/\d+/$"))
    state = "Show the current state"
    visitor.look_again(state, until=lambda: visitor.link(state).count() == 0)
    expect(visitor.page.locator("#history")).to_be_visible()
    expect(visitor.main.locator(".facts").first).to_contain_text(file)


def build_segment(visitor: Visitor, *, name: str, source: str, members: int) -> None:
    """Build the segment "country is one of ...", and see how many it has before saving it."""
    visitor.go("/segments/")
    visitor.follow("Add segment")
    visitor.fill("Display name", name)
    visitor.choose("Source", source)
    draw_again(visitor, "Show its columns")
    visitor.press("Add condition")
    visitor.choose("Column", "country")
    draw_again(visitor, "Show comparisons")
    visitor.choose("Comparison", visitor.say("is one of"))
    draw_again(visitor, "Show comparisons")
    # Only what occurs more than once is offered.
    often, *others = WANTED
    visitor.check(visitor.main.get_by_label(often))
    visitor.fill("Other values, one per line or separated by commas", ", ".join(others))
    draw_again(visitor, "Count members")
    expect(visitor.page.locator("#members strong")).to_have_text(str(members))
    visitor.press("Save")
    expect(visitor.heading).to_have_text(name)


def draw_again(visitor: Visitor, button: str) -> None:
    """Press a button after a choice that changes the form, which scripts do by themselves."""
    if not visitor.scripts:
        visitor.press(button)


def set_up_export(
    visitor: Visitor, *, name: str, connection: str, list_name: str, segment: str
) -> None:
    """Set up an export with the matches that suggest themselves, look at its preview, save it."""
    fill_in_export(visitor, name=name, connection=connection, list_name=list_name, segment=segment)
    look_at_preview(visitor)
    visitor.press_in_page("Save")
    expect(visitor.heading).to_have_text(name)


def fill_in_export(
    visitor: Visitor, *, name: str, connection: str, list_name: str, segment: str
) -> None:
    """Go through the form of a new export, and see what it matches by itself."""
    visitor.go("/exports/")
    visitor.follow("Add export")
    visitor.choose("Connection for export", connection)
    draw_again(visitor, "Show the lists and fields of this connection")
    visitor.fill("Display name", name)
    visitor.fill("ActiveCampaign List ID", list_name)
    draw_again(visitor, "Find lists")
    expect(visitor.page.locator(".list-chosen")).to_be_visible()
    visitor.press_in_page("Next")
    step_is(visitor, "Segments")
    visitor.check(visitor.main.get_by_label(segment))
    visitor.press_in_page("Next")
    step_is(visitor, "Data matching")
    remove_and_add_phone(visitor)


def look_at_preview(visitor: Visitor) -> None:
    """Go on from the data matching to the last step, and wait for its preview."""
    visitor.press_in_page("Next")
    step_is(visitor, "Options")
    visitor.press_in_page("Next")
    step_is(visitor, "Preview and save")
    if not visitor.scripts:
        visitor.press_in_page("Preview")
    visitor.reads("Examples, exactly as they would leave")


def step_is(visitor: Visitor, label: str) -> None:
    """Wait until the form shows a step."""
    expect(visitor.page.locator(".stepper [aria-current=step]")).to_contain_text(visitor.say(label))


def remove_and_add_phone(visitor: Visitor) -> None:
    """Take a suggested attribute away, and add it again by hand."""
    name = visitor.say("Phone")
    phone = visitor.main.get_by_label(name, exact=True)
    expect(phone).to_have_value("phone")
    removal = visitor.say("Remove %(field)s") % {"field": name}
    visitor.activate(visitor.main.get_by_role("button", name=removal, exact=True))
    expect(phone).to_have_count(0)
    visitor.choose("Attribute", name)
    visitor.press("Add attribute")
    visitor.select(phone, phone.locator("option[value=phone]").text_content() or "")


def run_export(visitor: Visitor, *, name: str, outcome: str) -> None:
    """Run an export, and watch it until it ends as expected."""
    visitor.go("/exports/")
    visitor.open(name)
    visitor.press_in_page("Run")
    watch_run(visitor, outcome=outcome)


def watch_run(visitor: Visitor, *, outcome: str) -> None:
    """Look at a run until it stops as expected."""
    pill, expected = visitor.page.locator(".run-head .pill").first, visitor.say(outcome)
    visitor.look_again("Refresh this page", until=lambda: pill.inner_text() == expected)
    expect(pill).to_have_text(expected)


def contacts_on(sandbox: Sandbox, list_id: int) -> dict[str, tuple[str, ...]]:
    """Return names, phone and company of everybody on a list, by address."""
    return {
        email: (one["first_name"], one["last_name"], one["phone"], one["account_name"])
        for email, one in sandbox.contacts_on(list_id).items()
    }
