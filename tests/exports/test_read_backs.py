"""The pages of a read-back, and the question before a run is approved."""

import pytest
from django.utils import timezone

from exports.models import Export, ReadBack, Run
from exports.pipeline.whole_list import advance_read_back
from tests.exports.pages import text_of
from tests.factories import make_connection, make_export, make_segment, make_source
from tests.pipeline.conftest import Delivery, people, step

GONE = "p0@example.test"


@pytest.fixture
def delivery(shared, sandbox) -> Delivery:
    segment = make_segment(make_source(people(5)))
    export = make_export([segment], name="Newsletter", connection=shared, list_id=19)
    return Delivery(export, sandbox, 19)


@pytest.fixture
def run(delivery, sandbox) -> Run:
    sandbox.exclude(GONE)
    return delivery.run()


def read_through(run: Run) -> ReadBack:
    read_back = ReadBack.objects.get(run=run)
    while read_back.is_running:
        now = timezone.now()
        ReadBack.objects.filter(pk=read_back.pk).update(wake_at=now)
        advance_read_back(read_back.pk, now=now)
        read_back.refresh_from_db()
    return read_back


def test_everybody_is_looked_up_when_a_contributor_asks(as_contributor, run):
    page = as_contributor.post(f"/runs/{run.pk}/read-back/", follow=True)
    during = as_contributor.get(f"/runs/{run.pk}/read-back/progress/")
    read_through(run)
    after = as_contributor.get(f"/runs/{run.pk}/read-back/progress/")

    assert "Reading the list: 0 contacts so far." in text_of(page)
    assert (during.status_code, after.status_code) == (200, 286)
    assert "On the list 4 Unsubscribed 0 Bounced 0 Not on the list 1" in text_of(after)


def test_asking_twice_is_no_error(as_contributor, run):
    as_contributor.post(f"/runs/{run.pk}/read-back/")

    page = as_contributor.post(f"/runs/{run.pk}/read-back/", follow=True)

    assert "They are being looked up already." in text_of(page)
    assert ReadBack.objects.count() == 1


def test_who_is_missing_comes_as_a_file(as_contributor, run):
    as_contributor.post(f"/runs/{run.pk}/read-back/")
    read_through(run)

    response = as_contributor.get(f"/runs/{run.pk}/missing.csv")

    lines = response.getvalue().decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert GONE in lines[1]


def test_the_missing_are_due_again_when_a_contributor_says_so(as_contributor, run):
    as_contributor.post(f"/runs/{run.pk}/read-back/")
    read_through(run)

    page = as_contributor.post(f"/runs/{run.pk}/deliver-missing/", follow=True)

    assert "1 contact is due again: the next run sends it." in text_of(page)
    assert "They are due again: the next run sends them." in text_of(page)


def test_the_missing_of_another_list_are_not_due(as_contributor, run):
    as_contributor.post(f"/runs/{run.pk}/read-back/")
    read_through(run)
    Export.objects.update(delivered_to="elsewhere/1")

    page = as_contributor.post(f"/runs/{run.pk}/deliver-missing/", follow=True)

    assert "nothing was changed" in text_of(page)


def test_a_viewer_sees_what_was_found_and_changes_nothing(as_viewer, as_contributor, run):
    as_contributor.post(f"/runs/{run.pk}/read-back/")
    read_through(run)

    page = text_of(as_viewer.get(f"/runs/{run.pk}/"))

    assert "Not on the list 1" in page
    assert "Deliver the missing again" not in page
    assert "Look for everybody" not in page


def test_approving_asks_with_what_the_guards_saw_and_then_sends(as_contributor, delivery):
    Export.objects.update(most_shrink=30)
    delivery.run()
    delivery.replace_people(people(2, first_name="Ann"))
    delivery.export.refresh_from_db()
    run = delivery.start()
    while run.status != Run.Status.NEEDS_APPROVAL:
        step(run)

    question = as_contributor.get(f"/runs/{run.pk}/approve/")
    seen = {"seen": question.context["seen"]}
    page = as_contributor.post(f"/runs/{run.pk}/approve/", seen, follow=True)
    again = as_contributor.post(f"/runs/{run.pk}/approve/", seen, follow=True)

    assert "The segments shrank by 60%, from 5 to 2 members" in text_of(question)
    assert "The run goes on, as you decided." in text_of(page)
    assert "The run does not wait for approval any more." in text_of(again)
    assert run.approvals.count() == 1


def test_a_run_of_a_connection_that_is_not_shared_is_nobodys_to_approve(as_contributor):
    export = make_export(connection=make_connection())
    run = export.runs.create(
        trigger="on_demand", status=Run.Status.NEEDS_APPROVAL, queued_at=timezone.now()
    )

    assert as_contributor.post(f"/runs/{run.pk}/approve/").status_code == 404
