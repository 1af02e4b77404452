"""What the page of a run says: how fast it goes, why people are sent, how far they came."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from exports.models import Approval, Batch, Run
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export, make_run

SENDING = Run.Status.SENDING


def make_sending(account, **fields) -> Run:
    """Return a run that has sent 10 of its 500 batches, just now."""
    now = timezone.now()
    values = {"status": SENDING, "members": 125_000, "to_send": 125_000, "queued_at": now}
    export = make_export([], connection=account, list_id=100 + Run.objects.count())
    run = make_run(export, host=account.host, planned_at=now, **values | fields)
    accepted = {"status": Batch.Status.ACCEPTED, "accepted_at": now}
    Batch.objects.bulk_create(
        Batch(run=run, first=250 * n, size=250, **accepted if n < 10 else {}) for n in range(500)
    )
    return run


def test_a_run_says_how_fast_it_goes_and_when_it_ends(as_viewer, db):
    run = make_sending(make_connection())

    text = text_of(as_viewer.get(f"/runs/{run.pk}/progress/"))

    assert "Rate 2,500 contacts in the last minute" in text
    assert "Turn alone on its account" in text
    assert "Finish done at about" in text
    assert "min" in text


def test_runs_that_share_an_account_say_whose_turn_it_is(as_viewer, db):
    account = make_connection()
    make_sending(account, queued_at=timezone.now() - timedelta(minutes=1))
    second = make_sending(account)

    text = text_of(as_viewer.get(f"/runs/{second.pk}/progress/"))

    assert "Turn 2 of 2 on this account; each gets an equal share" in text


@pytest.mark.parametrize(
    "address", ["/running/", "/exports/", "/exports/{export}/", "/system/status/"]
)
def test_wherever_a_run_is_listed_its_end_is_said_at_a_constant_number_of_queries(
    as_viewer, db, address
):
    account = make_connection()
    run = make_sending(account)
    make_sending(account)
    address = address.format(export=run.export_id)

    def look():
        with CaptureQueriesContext(connection) as captured:
            text = text_of(as_viewer.get(address))
        return len(captured), text

    look()  # what every first page asks for
    of_two, text = look()
    make_sending(account)
    make_sending(make_connection(host="other.api-us1.com"))

    assert "done at about" in text
    assert look()[0] == of_two


def test_the_parts_add_up_to_members_and_leavers(as_viewer, db):
    run = make_run(
        members=100, left=9, leavers=7, accepted=50, unchanged=30, held_back=20, rejected_before=7
    )

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "Held back 20" in text
    assert "Members and leavers 107" in text
    assert "Left the segments 9 7 of them are to be told so" in text


def test_a_run_says_why_people_are_sent_and_why_not(as_viewer, db):
    run = make_run(members=9, reasons={"changed": 2, "new": 1200, "left": 1}, held_reasons={})

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "New never sent before 1,200 Changed a mapped value" in text
    assert "Left no longer in the segments 1" in text


def test_accepted_confirmed_and_on_the_list_are_three_figures(as_viewer, db):
    found = {"asked": 25, "on_list": 23, "unsubscribed": 1, "bounced": 0, "missing": 1}
    run = make_run(members=900, accepted=900, confirmed=850, unknown=50, read_back=found)

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "Accepted 900 ActiveCampaign took the requests" in text
    assert "Confirmed 850" in text
    assert "23 of 25 asked are on the list, 1 unsubscribed, 1 not on the list" in text


def test_a_run_that_was_approved_says_by_whom_and_what(as_viewer, contributor, db):
    run = make_run(members=5)
    guard = {"code": "guard_empty"}
    Approval.objects.create(run=run, guards=[guard], user=contributor, approved_at=timezone.now())

    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert str(contributor) in text
    assert "The segments are empty." in text


def test_a_run_of_everything_says_so(as_viewer, db):
    run = make_run(scope=Run.Scope.FULL)

    assert "Full re-delivery" in text_of(as_viewer.get(f"/runs/{run.pk}/"))
