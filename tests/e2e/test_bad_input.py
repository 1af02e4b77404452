"""Bad input: a message where it belongs, and nothing lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Visit
from tests.e2e.house import ADMINISTRATOR, CONTRIBUTOR, House
from tests.e2e.main_job import begin_connection, send_file, try_key
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e

FILES = {
    "without a header": b"",
    "with a ragged row": b"email,country\nzoe@poste.example,France\nnoel@poste.example\n",
    "with a column twice": b"email,email\nzoe@poste.example,zoe@poste.example\n",
    "that is no text": bytes(range(256)) * 40,
}


def complaint_at(visitor: Visitor, label: str) -> Locator:
    """Return the messages that the field itself points to."""
    field = visitor.field(label)
    expect(field).to_have_attribute("aria-invalid", "true")
    described = (field.get_attribute("aria-describedby") or "").split()
    return visitor.page.locator(", ".join(f"#{one}" for one in described)).last


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_cannot_be_read_is_refused_where_it_is_shown(
    visit: Visit, kind: str, language: str
) -> None:
    visitor = visit(CONTRIBUTOR, language=language)
    visitor.go("/sources/add/upload/")

    send_file(visitor, name="customers.csv", content=FILES[kind])

    expect(visitor.main.locator(".notice.is-bad")).to_be_visible()
    expect(visitor.button("Save")).to_have_count(0)
    visitor.follow("Choose another file")
    expect(visitor.field("File")).to_be_visible()


def test_a_ragged_row_is_named_by_its_number(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/sources/add/upload/")

    send_file(visitor, name="customers.csv", content=FILES["with a ragged row"])

    expect(visitor.main.locator(".notice.is-bad")).to_contain_text("Row 3")


def test_an_upload_is_cancelled_on_its_way(visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/sources/add/upload/")
    visitor.attach(
        "File", name="customers.csv", content=b"email\n" + b"zoe@poste.example\n" * 10_000
    )
    visitor.page.route("**/sources/add/upload/", lambda route: None)  # the network hangs

    visitor.press("Upload")
    expect(visitor.page.get_by_role("progressbar")).to_be_visible()
    visitor.page.get_by_role("button", name="Cancel the upload").click()

    expect(visitor.page.get_by_role("progressbar")).to_be_hidden()
    expect(visitor.button("Upload")).to_be_enabled()
    visitor.page.unroute_all(behavior="ignoreErrors")
    # htmx calls what was asked for an error.
    assert all("htmx:" in fault for fault in visitor.watch.faults)
    visitor.watch.faults.clear()


@pytest.mark.parametrize(("typed", "told"), [("999", "999"), ("my list", "nor a number")])
def test_a_list_that_does_not_exist_is_refused_at_its_field(
    visit: Visit, typed: str, told: str
) -> None:
    visitor = visit(CONTRIBUTOR)
    visitor.go("/exports/add/")
    visitor.choose("Connection for export", "Sandbox")
    visitor.fill("Display name", f"To {typed}")
    visitor.fill("ActiveCampaign List ID", typed)

    visitor.press_in_page("Next")

    expect(complaint_at(visitor, "ActiveCampaign List ID")).to_contain_text(told)
    expect(visitor.field("Display name")).to_have_value(f"To {typed}")
    expect(visitor.field("ActiveCampaign List ID")).to_have_value(typed)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("acme.api-us1.com:8080", "Leave out the port"),
        ("acme.api-us1.com/admin", "Leave out what follows the host name"),
        ("me@acme.api-us1.com", "Leave out the user name"),
        ("10.0.0.1", "This is an IP address"),
        ("acme.example.com", "This is not a host of ActiveCampaign"),
    ],
)
def test_a_host_that_is_none_is_refused_at_its_field(visit: Visit, host: str, told: str) -> None:
    visitor = visit(ADMINISTRATOR)
    begin_connection(visitor, name="Nowhere", host=host)

    try_key(visitor, "some-key")

    expect(complaint_at(visitor, "REST Endpoint Hostname")).to_contain_text(told)
    expect(visitor.field("REST Endpoint Hostname")).to_have_value(host)
    expect(visitor.field("Display name")).to_have_value("Nowhere")
    visitor.press("Cancel")


def test_a_wrong_key_is_refused_at_its_field(house: House, visit: Visit) -> None:
    visitor = visit(ADMINISTRATOR)
    begin_connection(visitor, name="Wrong key", host=house.sandbox.host)

    try_key(visitor, "wrong-key")

    expect(complaint_at(visitor, "API key")).to_contain_text("refused the API key")
    expect(visitor.button("Save")).to_be_disabled()
    visitor.press("Cancel")


def test_who_saves_second_is_told_who_was_first_and_keeps_what_was_typed(visit: Visit) -> None:
    first, second = visit(ADMINISTRATOR), visit(CONTRIBUTOR)
    for visitor in (first, second):
        visitor.go("/segments/")
        visitor.open("France, Canada and Brazil")
        visitor.follow("Edit")
    first.press("Save")
    expect(first.heading).to_have_text("France, Canada and Brazil")
    second.press("Add condition")
    second.select(second.main.get_by_label("Column").last, "city")
    second.write(second.main.get_by_label("Value").last, "Lyon")
    second.press("Save")

    second.reads("Changed in the meantime")
    second.sees(ADMINISTRATOR.name)
    expect(second.main.get_by_label("Value").last).to_have_value("Lyon")
