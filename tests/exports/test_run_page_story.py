"""What a run's page tells once it has ended: why, how fast, and how it differs from the last."""

from datetime import timedelta

import pytest

from exports.models import Run
from exports.reasons import HELD_REASONS, HELD_TODOS, REASONS, TODOS
from tests.exports.pages import text_of
from tests.factories import NOW, make_connection, make_export, make_run, make_segment, make_source
from tests.pipeline.conftest import Delivery

PEOPLE = [
    {"id": "1", "email": "ana@example.com", "agreed": "yes"},
    {"id": "2", "email": "not an address", "agreed": "yes"},
    {"id": "3", "email": "", "agreed": "yes"},
    {"id": "4", "email": "dan@example.com", "agreed": "no"},
]


@pytest.fixture
def run(shared, sandbox) -> Run:
    """A run in which one was sent, one held back, and two rejected for different reasons."""
    segment = make_segment(make_source(PEOPLE), name="Readers")
    export = make_export(
        [segment],
        connection=shared,
        list_id=19,
        mapping=[{"column": "email", "target": "email"}],
        consent_column="agreed",
    )
    return Delivery(export, sandbox, 19).run()


def told(browser, run) -> str:
    return text_of(browser.get(f"/runs/{run.pk}/"))


def make_ended(export=None, *, day=0, took=60, **fields) -> Run:
    """Return a run of a later day that ended after so many seconds."""
    began = NOW + timedelta(days=day)
    times = {"queued_at": began, "started_at": began, "planned_at": began}
    ends = {"sent_at": began + timedelta(seconds=took)}
    ends["finished_at"] = ends["sent_at"]
    return make_run(export, **times | ends | fields)


def test_each_group_of_rejects_leads_to_its_people(as_viewer, run):
    page = as_viewer.get(f"/runs/{run.pk}/")
    [invalid] = [each for each in page.context["reasons"] if "invalid" in each.key]

    people = text_of(as_viewer.get(f"/runs/{run.pk}/rejects/", {"reason": invalid.key}))

    assert f"/runs/{run.pk}/rejects/?reason={invalid.key}" in page.content.decode()
    assert "3 2 not an address This is not an e-mail address." in people
    assert "4 3" not in people


def test_a_reason_that_is_none_lists_everybody(as_viewer, run):
    people = text_of(as_viewer.get(f"/runs/{run.pk}/rejects/", {"reason": "before-x"}))

    assert "not an address This is" in people
    assert "4 3" in people


def test_who_is_held_back_is_said_with_what_to_do_and_who_they_are(as_viewer, run):
    text = told(as_viewer, run)
    people = text_of(as_viewer.get(f"/runs/{run.pk}/held/", {"reason": "no_consent"}))

    assert "No consent: the column says no, or nothing. Nothing, until the column says" in text
    assert "5 4 dan@example.com No consent" in people
    assert "ana@example.com" not in people


def test_every_reason_says_what_to_do():
    assert TODOS.keys() == REASONS.keys()
    assert HELD_TODOS.keys() == HELD_REASONS.keys()


def test_nobody_held_back_is_said(as_viewer, db):
    run = make_ended(members=1)

    assert "Nobody was held back." in text_of(as_viewer.get(f"/runs/{run.pk}/held/"))


def test_people_who_are_not_kept_any_more_are_not_listed(as_viewer, db):
    run = make_ended(members=9, held_back=2, held_reasons={"bounced": 2})

    text = text_of(as_viewer.get(f"/runs/{run.pk}/held/"))

    assert "Messages to this address bounce" in text
    assert "Who they were is not kept any more." in text


def test_a_run_says_how_long_it_took_and_how_fast_it_sent(as_viewer, db):
    text = told(as_viewer, make_ended(took=120, members=50_000, accepted=50_000))

    assert "It took 2 min 0 s. Sending took 2 min 0 s of it: 25,000 contacts a minute." in text


def test_a_run_that_waited_says_for_how_long(as_viewer, db):
    run = make_ended(members=5, accepted=5)
    Run.objects.filter(pk=run.pk).update(queued_at=NOW - timedelta(minutes=7))

    assert "Before that it waited for 7 min 0 s." in told(as_viewer, run)


def test_a_run_is_compared_with_the_one_before_of_the_same_export(as_viewer, db):
    export = make_export(name="Newsletter")
    make_ended(export, took=60, members=1000, accepted=900, rejected_before=5)
    make_ended(make_export(name="Other"), day=1, members=7)
    run = make_ended(export, day=2, took=45, members=1200, accepted=900, rejected_before=4)

    text = told(as_viewer, run)

    assert "200 members more, as many contacts accepted, 1 reject fewer, 15 s quicker." in text
    assert "Members 1,200 1,000 +200" in text
    assert "Accepted 900 900 ±0" in text
    assert "Rejects 4 5 −1" in text


def test_the_first_run_and_one_of_rejects_are_compared_with_nothing(as_viewer, db):
    export = make_export()
    first = make_ended(export, members=10)
    again = make_ended(export, day=1, members=2, scope=Run.Scope.REJECTS)

    assert "Compared with" not in told(as_viewer, first)
    assert "Compared with" not in told(as_viewer, again)


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_run_is_not_compared_with_one_that_stopped_half_way(as_viewer, db, status):
    export = make_export()
    make_ended(export, members=10, status=status)
    run = make_ended(export, day=1, members=2)

    assert "Compared with" not in told(as_viewer, run)


@pytest.mark.parametrize(("status", "is_marked"), [("successful", True), ("failed", False)])
def test_only_a_delivered_run_bears_a_postmark(as_viewer, db, status, is_marked):
    page = as_viewer.get(f"/runs/{make_ended(members=1, accepted=1, status=status).pk}/")

    assert ('class="postmark"' in page.content.decode()) == is_marked


@pytest.mark.parametrize("status", Run.Status.values)
def test_a_runs_page_takes_a_dozen_queries_at_most(
    as_viewer, db, status, django_assert_max_num_queries
):
    export = make_export(connection=make_connection())
    make_ended(export, members=10)
    run = make_ended(export, day=1, members=10, status=status)

    with django_assert_max_num_queries(12):
        as_viewer.get(f"/runs/{run.pk}/")
