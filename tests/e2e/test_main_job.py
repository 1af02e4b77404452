"""The main job, end to end: connect, choose a segment, match, run, see what happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.customers import CUSTOMERS, as_contacts, as_csv, with_phone
from tests.e2e.house import ADMINISTRATOR, CONTRIBUTOR, House
from tests.e2e.main_job import (
    begin_connection,
    build_segment,
    contacts_on,
    finish_connection,
    run_export,
    set_up_export,
    try_key,
    upload_again,
    upload_source,
)
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.e2e

WAYS = {
    "in English": {"language": "en"},
    "in French on a phone": {"language": "fr", "width": 360},
    "by keyboard": {"language": "en", "mouse": False},
    "without scripts, enlarged": {"language": "en", "scripts": False, "zoom": 2},
}
NAMED_FOR_THE_WAY = ("Account", "Customers", "Members", "Export", "Journey")


@pytest.mark.parametrize("way", WAYS)
def test_exactly_the_members_arrive_and_later_only_what_changed(
    house: House, visit: Visit, way: str
) -> None:
    number = house.sandbox.add_list(f"Journey {way}")
    administrator = visit(**WAYS[way])
    administrator.sign_in(ADMINISTRATOR)
    connect(administrator, house, name=f"Account {way}")
    contributor = visit(**WAYS[way])
    contributor.sign_in(CONTRIBUTOR)

    upload_source(contributor, name=f"Customers {way}", content=as_csv(CUSTOMERS))
    build_segment(contributor, name=f"Members {way}", source=f"Customers {way}", members=4)
    set_up_export(
        contributor,
        name=f"Export {way}",
        connection=f"Account {way}",
        list_name=f"Journey {way}",
        segment=f"Members {way}",
    )

    assert contacts_on(house.sandbox, number) == {}

    run_export(contributor, name=f"Export {way}", outcome="Successful")

    assert contacts_on(house.sandbox, number) == as_contacts(CUSTOMERS)

    received = house.contacts_received()
    run_export(contributor, name=f"Export {way}", outcome="Nothing to send")

    assert house.contacts_received() == received

    changed = with_phone(CUSTOMERS, "zoe@poste.example", "07 00 00 00 01")
    upload_again(contributor, source=f"Customers {way}", content=as_csv(changed))
    run_export(contributor, name=f"Export {way}", outcome="Successful")

    assert house.contacts_received() == received + 1
    assert contacts_on(house.sandbox, number) == as_contacts(changed)


def connect(visitor: Visitor, house: House, *, name: str) -> None:
    """Connect the sandbox's account: with its address as pasted, and first with a wrong key."""
    begin_connection(visitor, name=name, host=f"https://{house.sandbox.host}/api/3")
    try_key(visitor, "wrong-key")
    visitor.reads("ActiveCampaign refused the API key.")
    expect(visitor.field("REST Endpoint Hostname")).to_have_value(house.sandbox.host)
    try_key(visitor, house.sandbox.key)
    expect(visitor.main.locator(".steps .is-passed")).not_to_have_count(0)
    finish_connection(visitor, ADMINISTRATOR)
    visitor.sees(name)
