"""The page of a run that its guards stopped: what they saw, and what may be decided."""

import pytest
from django.utils import timezone

from exports.models import Run
from exports.suppression import add_addresses, list_of_export
from tests.exports.pages import text_of
from tests.factories import NOW, make_export, make_run

GUARD = {"code": "guard_shrink", "percent": 60, "before": 3000, "members": 1200, "most": 30}


@pytest.fixture
def run(shared) -> Run:
    """A run that waits, and has sent nothing yet."""
    return make_run(
        make_export(connection=shared),
        status=Run.Status.NEEDS_APPROVAL,
        members=1200,
        unchanged=200,
        to_send=1000,
        not_attempted=1000,
        guards=[GUARD],
    )


def test_it_says_what_the_guard_saw_and_what_follows(as_contributor, run):
    text = text_of(as_contributor.get(f"/runs/{run.pk}/"))

    assert "The segments shrank by 60%, from 3,000 to 1,200 members" in text
    assert "Approved, it sends 1,000 contacts." in text
    assert "Canceled, it sends nothing; the next run looks anew." in text
    assert "Approve and send" in text


def test_who_may_not_edit_the_export_reads_why_it_waits(as_viewer, run):
    text = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "The segments shrank by 60%" in text
    assert "Approve and send" not in text


def test_what_was_sent_before_it_stopped_is_said(as_contributor, run):
    Run.objects.filter(pk=run.pk).update(accepted=400, not_attempted=600)

    text = text_of(as_contributor.get(f"/runs/{run.pk}/"))

    assert "Canceled, it sends nothing more; 400 contacts have been sent" in text


def test_an_approved_run_goes_on_and_keeps_who_approved_it(as_contributor, contributor, run):
    address = f"/runs/{run.pk}/approve/"
    seen = as_contributor.get(address).context["seen"]

    page = as_contributor.post(address, {"seen": seen}, follow=True)

    text = text_of(page)
    assert f"Approvals {contributor}" in text
    assert "The segments shrank by 60%" in text
    run.refresh_from_db()
    assert run.status == Run.Status.SENDING


def test_what_a_run_asks_about_now_is_not_approved_by_a_page_that_said_something_else(
    as_contributor, run
):
    address = f"/runs/{run.pk}/approve/"
    seen = as_contributor.get(address).context["seen"]
    rejects = {"code": "guard_rejects", "rejected": 9, "sent": 40, "percent": 23, "most": 10}
    Run.objects.filter(pk=run.pk).update(guards=[rejects])

    page = as_contributor.post(address, {"seen": seen}, follow=True)

    assert "ActiveCampaign rejected 9 of the first 40 contacts" in text_of(page)
    run.refresh_from_db()
    assert (run.status, run.approvals.count()) == (Run.Status.NEEDS_APPROVAL, 0)


def test_a_run_is_not_approved_once_somebody_was_suppressed_whom_it_may_send(
    as_contributor, contributor, run
):
    Run.objects.filter(pk=run.pk).update(planned_at=NOW)
    address = f"/runs/{run.pk}/approve/"
    seen = as_contributor.get(address).context["seen"]
    line = ["ana@example.test"]
    add_addresses(to=list_of_export(run.export), lines=line, user=contributor, now=timezone.now())

    asked = as_contributor.get(address, follow=True)
    pressed = as_contributor.post(address, {"seen": seen}, follow=True)
    shown = text_of(as_contributor.get(f"/runs/{run.pk}/"))

    assert "a suppression list has changed" in text_of(asked)
    assert "a suppression list has changed" in text_of(pressed)
    assert "a suppression list has changed" in shown
    assert ("Approve and send" in shown, "Cancel run" in shown) == (False, True)
    run.refresh_from_db()
    assert run.status == Run.Status.NEEDS_APPROVAL


def test_a_run_that_waits_needs_somebody_and_is_not_called_running(as_viewer, run):
    page = as_viewer.get("/")

    assert page.context["running"] == []
    assert [need.run_id for need in page.context["needs"]] == [run.pk]


def test_a_run_that_stops_already_asks_for_no_decision(as_contributor, contributor, run):
    Run.objects.filter(pk=run.pk).update(cancel_requested_by=contributor)

    text = text_of(as_contributor.get(f"/runs/{run.pk}/"))

    assert "Approve and send" not in text
    assert "Cancel run" not in text
