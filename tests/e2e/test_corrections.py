"""Rejects in a browser: downloaded, put right in a spreadsheet, uploaded, delivered."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.house import CONTRIBUTOR, House
from tests.e2e.main_job import watch_run
from tests.e2e.turns import open_run_of, rejects_of, upload_rejects

pytestmark = pytest.mark.e2e
EMAIL = 3  # behind what says which row it is
MISSING = "lost.and.found@poste.example"


def test_who_had_no_address_is_delivered_after_getting_one(house: House, visit: Visit) -> None:
    visitor = visit(CONTRIBUTOR, language="fr")
    visitor.go("/exports/")
    open_run_of("Newsletter readers")(visitor)
    header, reject = rejects_of(visitor)
    reject[EMAIL] = MISSING
    received = house.contacts_received()

    upload_rejects(visitor, [header, reject])
    visitor.sees(MISSING)
    assert house.contacts_received() == received
    visitor.press_in_page("Keep and deliver")
    watch_run(visitor, outcome="Successful")

    assert MISSING in house.sandbox.contacts_on(1)
    assert house.contacts_received() == received + 1
