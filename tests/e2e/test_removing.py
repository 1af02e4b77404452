"""Taking things away that others lean on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.house import ADMINISTRATOR, House

pytestmark = pytest.mark.e2e


def test_a_connection_in_use_goes_when_the_fate_of_its_exports_is_decided(
    house: House, visit: Visit
) -> None:
    exports = ["Leaves with it", "Stays without it"]
    house.add(f"make_shared('Shared account', {exports})")
    visitor = visit(ADMINISTRATOR)
    visitor.go("/connections/")
    row = visitor.main.get_by_role("row").filter(has_text="Shared account")
    row.locator("summary").click()
    row.get_by_role("link", name="Remove").click()
    for name in exports:
        visitor.sees(name)

    fates = visitor.main.get_by_role("row")
    fates.filter(has_text="Leaves with it").get_by_label("Remove", exact=True).check()
    fates.filter(has_text="Stays without it").get_by_label("Detach connection").check()
    visitor.press_in_page("Remove")

    visitor.go("/connections/")
    expect(visitor.heading).to_have_text("Connections")
    assert "Shared account" not in visitor.main.inner_text()
    visitor.go("/exports/")
    assert "Leaves with it" not in visitor.main.inner_text()
    expect(visitor.main.get_by_role("row").filter(has_text="Stays without it")).to_contain_text(
        "No Connection"
    )


def test_nothing_goes_while_the_fate_of_an_export_is_open(house: House, visit: Visit) -> None:
    house.add("make_shared('Kept account', ['Undecided'])")
    visitor = visit(ADMINISTRATOR, scripts=False)
    visitor.go("/connections/")
    row = visitor.main.get_by_role("row").filter(has_text="Kept account")
    row.locator("summary").click()
    row.get_by_role("link", name="Remove").click()
    visitor.main.locator("form").evaluate("form => { form.noValidate = true }")

    visitor.press_in_page("Remove")

    visitor.sees("Nothing was changed")
    visitor.go("/connections/")
    visitor.sees("Kept account")


def test_a_source_with_a_segment_stays(visit: Visit) -> None:
    visitor = visit(ADMINISTRATOR)
    visitor.go("/sources/")
    visitor.open("Sample customers")

    visitor.follow("Remove")

    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("France, Canada and Brazil")
    assert dialog.get_by_role("button", name="Remove").count() == 0
