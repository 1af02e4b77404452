"""Refreshes: their order, what a failure stops, and what a dead worker costs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from config.leases import LEASE
from segments.models import Refresh, RefreshSchedule, RefreshTask, Segment, Snapshot, Source
from segments.problems import describe_problem
from segments.refreshes.advancing import MAX_ATTEMPTS, advance
from segments.refreshes.starting import (
    AlreadyRefreshing,
    AlreadyStarted,
    cancel_refresh,
    start_refresh,
    unfinished_refreshes_of,
)
from segments.schedules.starting import start_due
from segments.tasks import advance_refresh, tick
from segments.uploads import store_upload
from tests.factories import NOW, make_segment, make_source, make_upload

pytestmark = pytest.mark.django_db
ON_DEMAND, UPLOAD = Refresh.Trigger.ON_DEMAND, Refresh.Trigger.UPLOAD
Status = Refresh.Status


def start(trigger: str = ON_DEMAND, source: Source | None = None) -> Refresh:
    return start_refresh(trigger=trigger, source=source, now=NOW)


def run(refresh: Refresh) -> Refresh:
    advance(refresh)
    refresh.refresh_from_db()
    return refresh


def outcomes(refresh: Refresh) -> dict[str, str]:
    return {str(task.subject): task.status for task in refresh.tasks.order_by("position")}


def gone_column(name: str = "Broken") -> dict[str, object]:
    condition = {"column": name, "operator": "not_empty"}
    return {"version": 1, "match": "all", "conditions": [condition]}


def test_a_refresh_takes_sources_first_and_then_segments() -> None:
    people = make_source(name="People")
    make_segment(people, name="Everybody", refreshed=False)

    refresh = run(start())

    assert outcomes(refresh) == {"People": "successful", "Everybody": "successful"}
    assert refresh.status == Status.SUCCESSFUL
    segment = Segment.objects.get()
    assert segment.snapshot is not None
    assert segment.snapshot.members == 2


def test_static_segments_are_left_alone_and_inactive_ones_are_skipped_with_the_reason() -> None:
    people = make_source(name="People")
    make_segment(people, name="Static", kind=Segment.Kind.STATIC, refreshed=False)
    make_segment(people, name="Inactive", is_active=False, refreshed=False)

    refresh = run(start())

    assert outcomes(refresh) == {"People": "successful", "Inactive": "skipped"}
    skipped = refresh.tasks.get(status="skipped")
    assert "The segment is inactive." in str(describe_problem(skipped.problem))


def test_a_failed_segment_does_not_stop_the_others_and_keeps_its_members() -> None:
    people = make_source(name="People")
    broken = make_segment(people, name="Broken")
    Segment.objects.filter(pk=broken.pk).update(rule=gone_column("gone"))
    make_segment(people, name="Whole", refreshed=False)

    refresh = run(start())

    assert outcomes(refresh) == {
        "People": "successful",
        "Broken": "failed",
        "Whole": "successful",
    }
    assert refresh.status == Status.FAILED
    snapshot, broken_now = broken.snapshot, Segment.objects.get(pk=broken.pk)
    assert broken_now.snapshot == snapshot
    assert "no column “gone”" in str(describe_problem(broken_now.problem))


def test_segments_of_a_failed_source_are_skipped_naming_it() -> None:
    lost = make_source(name="Lost")
    make_segment(lost, name="Of lost", refreshed=False)
    assert lost.table is not None
    default_storage.delete(lost.table.file)

    refresh = run(start())

    assert outcomes(refresh) == {"Lost": "failed", "Of lost": "skipped"}
    skipped = refresh.tasks.get(status="skipped")
    assert "“Lost” could not be refreshed" in str(describe_problem(skipped.problem))


def test_a_new_file_refreshes_the_segments_of_its_source_only() -> None:
    make_segment(make_source(name="Other"), name="Of other")
    people = make_source(name="People")
    make_segment(people, name="Of people")

    refresh = run(start(UPLOAD, people))

    assert outcomes(refresh) == {"People": "successful", "Of people": "successful"}


def test_a_second_refresh_on_demand_is_refused_while_one_is_unfinished() -> None:
    refresh = start()

    with pytest.raises(AlreadyRefreshing) as caught:
        start()

    assert caught.value.refresh == refresh


def test_refreshes_of_the_same_source_take_turns() -> None:
    source = make_source()
    first, second = start(), start(UPLOAD, source)

    waiting = run(second)
    run(first)
    done = run(second)

    assert waiting.started_at is not None
    assert (first.status, done.status) == (Status.SUCCESSFUL, Status.SUCCESSFUL)
    assert first.finished_at is not None
    assert first.finished_at < done.started_at


def test_a_refresh_of_another_source_need_not_wait() -> None:
    start(UPLOAD, make_source(name="Slow"))
    other = start(UPLOAD, make_source(name="Other"))

    assert run(other).status == Status.SUCCESSFUL


def test_the_system_refreshes_what_follows_it_and_a_source_what_follows_that() -> None:
    people, own = make_source(name="People"), make_source(name="Own", recurrence="daily")
    make_segment(people, name="Follows")
    make_segment(people, name="Weekly", recurrence="weekly")
    make_segment(own, name="Of own")

    assert list(outcomes(start())) == ["People", "Follows", "Of own"]
    assert list(outcomes(start(UPLOAD, own))) == ["Own", "Of own"]


def test_a_refused_new_file_does_not_stop_the_next_refresh_of_everything(tmp_path: Path) -> None:
    people = make_source(name="People")
    make_segment(people, name="Everybody")
    (file := tmp_path / "new.csv").write_text("id,email\n1\n")
    people.upload = store_upload(path=str(file), original_name="new.csv", user=None, now=NOW)
    people.save()

    asked, of_everything = run(start(UPLOAD, people)), run(start())

    assert outcomes(asked) == {"People": "failed", "Everybody": "skipped"}
    assert outcomes(of_everything) == {"People": "successful", "Everybody": "successful"}
    people.refresh_from_db()
    assert people.problem is not None


def test_one_segment_is_refreshed_alone_whatever_its_schedule_says() -> None:
    segment = make_segment(name="Off", recurrence="off", refreshed=False)

    refresh = run(start_refresh(trigger=ON_DEMAND, segment=segment, now=NOW))

    assert outcomes(refresh) == {"Off": "successful"}


def test_a_worker_that_died_over_several_segments_has_each_tried_alone() -> None:
    people = make_source(name="People")
    for name in ("A", "B"):
        make_segment(people, name=name, refreshed=False)
    refresh = start()
    refresh.tasks.filter(segment=None).update(status="successful")
    refresh.tasks.filter(source=None).update(status="refreshing", attempts=1)

    run(refresh)

    assert outcomes(refresh) == {"People": "successful", "A": "successful", "B": "successful"}
    assert set(refresh.tasks.exclude(segment=None).values_list("attempts", flat=True)) == {2}


def test_somebody_else_holds_the_lease_so_nothing_happens() -> None:
    refresh = start()
    Refresh.objects.get().take_lease(timezone.now())

    run(refresh)

    assert refresh.status == Status.QUEUED


def test_another_worker_goes_on_after_one_died() -> None:
    make_segment(make_source(name="People"), name="Everybody", refreshed=False)
    refresh = start()
    dead = Refresh.objects.get()
    long_ago = timezone.now() - 2 * LEASE
    dead.take_lease(long_ago)
    dead.begin(long_ago)
    Refresh.objects.update(lease_until=long_ago + LEASE)
    refresh.tasks.filter(position=0).update(status="successful", attempts=1)
    refresh.tasks.filter(position=1).update(attempts=1)

    advance_refresh(refresh_id=refresh.pk)

    refresh.refresh_from_db()
    assert refresh.status == Status.SUCCESSFUL
    assert list(refresh.tasks.values_list("attempts", flat=True).order_by("position")) == [1, 2]
    assert Snapshot.objects.count() == 1


def test_a_task_that_kills_its_workers_is_given_up() -> None:
    make_source(name="People")
    refresh = start()
    refresh.tasks.update(attempts=MAX_ATTEMPTS)

    run(refresh)

    assert outcomes(refresh) == {"People": "failed"}
    assert "begun 3 times" in str(describe_problem(refresh.tasks.get().problem))


def test_a_file_that_killed_its_workers_is_not_tried_again_by_itself() -> None:
    source = make_source(name="People", upload=make_upload())
    refresh = start()
    refresh.tasks.update(attempts=MAX_ATTEMPTS)
    run(refresh)

    again = run(start())

    source.refresh_from_db()
    assert outcomes(again) == {"People": "successful"}
    assert "begun 3 times" in str(describe_problem(source.problem))
    assert source.upload is not None


def test_a_cancelled_refresh_stops_and_says_what_it_left_out(administrator: User) -> None:
    make_source(name="People")
    refresh = start()

    assert cancel_refresh(refresh=refresh, user=administrator, now=NOW)

    run(refresh)
    assert refresh.status == Status.CANCELED
    assert refresh.canceled_by == administrator
    assert outcomes(refresh) == {"People": "skipped"}
    assert not cancel_refresh(refresh=refresh, user=administrator, now=NOW)


def test_a_cancelled_refresh_takes_the_lease_from_its_worker(administrator: User) -> None:
    refresh = start()
    worker = Refresh.objects.get()
    worker.take_lease(timezone.now())

    cancel_refresh(refresh=refresh, user=administrator, now=NOW)
    advance(worker)

    refresh.refresh_from_db()
    assert refresh.status == Status.CANCELED


def test_unfinished_refreshes_of_a_segment_are_those_that_will_still_evaluate_it() -> None:
    segment, other = make_segment(), make_segment(kind=Segment.Kind.STATIC)
    refresh = start()

    assert list(unfinished_refreshes_of([segment, other])) == [refresh]
    assert list(unfinished_refreshes_of([other])) == []
    run(refresh)
    assert list(unfinished_refreshes_of([segment])) == []


def due(**fields: object) -> RefreshSchedule:
    schedule = RefreshSchedule.objects.current()
    RefreshSchedule.objects.update(recurrence="daily", times=["09:00"], due_at=NOW, **fields)
    schedule.refresh_from_db()
    return schedule


def test_a_due_time_starts_one_refresh_however_often_it_is_looked_for() -> None:
    due()

    refreshes = [start_due(now=NOW + timedelta(seconds=each)) for each in (0, 15, 30)]

    assert refreshes == [[Refresh.objects.get()], [], []]
    assert Refresh.objects.get().due_at == NOW
    assert RefreshSchedule.objects.current().due_at == NOW + timedelta(days=1)


def test_due_times_missed_while_the_system_was_down_are_made_up_for_once() -> None:
    due()

    [refresh] = start_due(now=NOW + timedelta(days=3, hours=1))

    assert refresh.due_at == NOW
    assert RefreshSchedule.objects.current().due_at == NOW + timedelta(days=4)
    assert Refresh.objects.count() == 1


def test_nothing_starts_before_it_is_due() -> None:
    due()

    assert start_due(now=NOW - timedelta(seconds=1)) == []


def test_one_due_time_has_one_refresh() -> None:
    start_refresh(trigger=Refresh.Trigger.SCHEDULE, due_at=NOW, now=NOW)

    with pytest.raises(AlreadyStarted):
        start_refresh(trigger=Refresh.Trigger.SCHEDULE, due_at=NOW, now=NOW)


def test_the_tick_nudges_what_nobody_works_on(valkey_url: str) -> None:
    from redis import Redis

    make_source(name="People")
    start()

    tick()

    with Redis.from_url(valkey_url) as broker:
        assert broker.llen("celery") == 1
    assert RefreshTask.objects.get().status == "queued"
