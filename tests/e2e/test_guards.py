"""Looking before leaping: what a run would do, and one that does not send until it is approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.customers import CUSTOMERS, as_contacts, as_csv, with_phone
from tests.e2e.house import CONTRIBUTOR, House
from tests.e2e.main_job import (
    build_segment,
    contacts_on,
    fill_in_export,
    look_at_preview,
    run_export,
    upload_again,
    upload_source,
    watch_run,
)

pytestmark = pytest.mark.e2e
WAYS = [(True, 1280), (False, 360)]


@pytest.mark.parametrize(("scripts", "width"), WAYS, ids=["scripts", "no scripts, narrow"])
def test_a_segment_that_shrank_is_sent_when_somebody_says_so(
    house: House, visit: Visit, scripts: bool, width: int
) -> None:
    visitor = visit(CONTRIBUTOR, scripts=scripts, width=width)
    source, segment, export = (f"{what} {width}" for what in ("Source", "Segment", "Guarded"))
    number = house.sandbox.add_list(export)
    upload_source(visitor, name=source, content=as_csv(CUSTOMERS))
    build_segment(visitor, name=segment, source=source, members=4)
    fill_in_export(
        visitor, name=export, connection="Sandbox", list_name=str(number), segment=segment
    )

    look_at_preview(visitor)
    expect(visitor.page.locator("#preview")).to_contain_text("zoe@poste.example")
    assert contacts_on(house.sandbox, number) == {}
    visitor.press_in_page("Save")
    expect(visitor.heading).to_have_text(export)
    run_export(visitor, name=export, outcome="Successful")
    assert contacts_on(house.sandbox, number) == as_contacts(CUSTOMERS)

    fewer = with_phone(CUSTOMERS[:2], "zoe@poste.example", "07 00 00 00 02")
    upload_again(visitor, source=source, content=as_csv(fewer))
    run_export(visitor, name=export, outcome="Needs approval")
    visitor.sees("50")
    assert contacts_on(house.sandbox, number) == as_contacts(CUSTOMERS)
    visitor.press_in_page("Approve and send")
    watch_run(visitor, outcome="Successful")

    visitor.reads("Approvals")
    visitor.sees(CONTRIBUTOR.name)
    assert contacts_on(house.sandbox, number) == as_contacts(CUSTOMERS) | as_contacts(fewer)
