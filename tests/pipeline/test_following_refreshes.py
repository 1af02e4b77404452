"""Exports that follow the refresh run after it, once each, with what it has found."""

from datetime import timedelta

import pytest
from django.utils import timezone

from exports.models import Export, Run
from exports.pipeline.start import FOLLOW_WITHIN, start_following_runs
from exports.tasks import tick
from segments.models import Refresh, Segment
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from tests.factories import make_export, make_segment
from tests.pipeline.conftest import people, step


@pytest.fixture
def refresh_all(db):
    """Return a function that refreshes the whole system, as the schedule does."""

    def refresh() -> Refresh:
        later = timezone.now() + timedelta(seconds=1)  # than the exports were made
        started = start_refresh(trigger=Refresh.Trigger.SCHEDULE, due_at=later, now=later)
        advance(started)
        started.refresh_from_db()
        return started

    return refresh


def test_an_export_that_follows_the_refresh_is_started_once(delivery, refresh_all):
    export = delivery(people(2))
    refresh = refresh_all()

    tick()
    tick()

    run = Run.objects.get()
    assert (run.export, run.refresh, run.trigger) == (export.export, refresh, Run.Trigger.REFRESH)


def test_the_run_sends_who_the_refresh_found(delivery, refresh_all):
    export = delivery(people(2))
    segment = export.export.segments.get()
    Segment.objects.filter(pk=segment.pk).update(snapshot=None)
    refresh_all()

    [run] = start_following_runs(now=timezone.now())

    assert export.finish(run).accepted == 2


def test_an_export_that_is_off_and_one_without_connection_are_not_started(delivery, refresh_all):
    make_export(recurrence="off")
    make_export(connection=None)
    refresh_all()

    assert start_following_runs(now=timezone.now()) == []


def test_an_export_that_is_younger_than_the_refresh_waits_for_the_next_one(db, refresh_all):
    make_segment()
    refresh_all()
    Export.objects.filter(pk=make_export().pk).update(
        created_at=timezone.now() + timedelta(minutes=1)
    )

    assert start_following_runs(now=timezone.now()) == []


def test_a_refresh_of_yesterday_starts_nothing_any_more(delivery, refresh_all):
    delivery(people(2))
    refresh_all()

    assert start_following_runs(now=timezone.now() + FOLLOW_WITHIN + timedelta(minutes=1)) == []


def test_an_export_still_running_is_started_after_that_run(delivery, refresh_all):
    export = delivery(people(2))
    earlier = export.start()
    refresh_all()

    during = start_following_runs(now=timezone.now())
    export.finish(earlier)
    after = start_following_runs(now=timezone.now())

    assert during == []
    assert [run.trigger for run in after] == [Run.Trigger.REFRESH]


def test_a_run_after_a_refresh_that_failed_for_its_segment_is_skipped_and_names_it(
    delivery, refresh_all
):
    export = delivery(people(2))
    rule = {"column": "gone", "operator": "equals", "value": "x"}
    segment = export.export.segments.get()
    segment.rule = {"version": 1, "match": "all", "conditions": [rule]}
    segment.save()
    refresh_all()

    [run] = start_following_runs(now=timezone.now())
    export.finish(run)

    assert run.status == Run.Status.SKIPPED
    assert run.problem == {"code": "upstream_failed", "segment": segment.name}
    assert export.sandbox.log.count("POST /import/bulk_import") == 0


def test_a_run_waits_for_a_refresh_that_is_under_way(delivery):
    export = delivery(people(2))
    refresh = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=timezone.now())
    run = export.start()

    step(run)
    waiting = (run.status, run.problem["code"])
    advance(refresh)

    assert waiting == (Run.Status.QUEUED, "waiting_for_refresh")
    assert export.finish(run).status == Run.Status.SUCCESSFUL


def test_an_inactive_segment_is_sent_as_it_was(delivery, refresh_all):
    export = delivery(people(2))
    export.export.segments.update(is_active=False)
    refresh_all()

    [run] = start_following_runs(now=timezone.now())

    assert export.finish(run).accepted == 2
