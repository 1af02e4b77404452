"""What is due is started, once for each due time, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from segments.models import Refresh, RefreshSchedule, Segment, Source
from segments.schedules.own import save_own_schedule
from segments.schedules.starting import start_due
from tests.factories import NOW, make_segment, make_source

DAILY = {"recurrence": "daily", "times": ["09:00"], "due_at": NOW}
TOMORROW = NOW + timedelta(days=1)


def due_system() -> RefreshSchedule:
    schedule = RefreshSchedule.objects.current()
    RefreshSchedule.objects.update(**DAILY)
    schedule.refresh_from_db()
    return schedule


def due_source() -> Source:
    return make_source(**DAILY)


def due_segment() -> Segment:
    return make_segment(**DAILY)


SUBJECTS = [due_system, due_source, due_segment]


def started() -> list[tuple[str, Source | None, Segment | None, datetime | None]]:
    return [
        (refresh.trigger, refresh.source, refresh.segment, refresh.due_at)
        for refresh in Refresh.objects.order_by("pk")
    ]


@pytest.mark.django_db
def test_a_source_and_a_segment_are_refreshed_at_their_own_times() -> None:
    source, segment = due_source(), due_segment()

    start_due(now=NOW)

    assert started() == [("schedule", source, None, NOW), ("schedule", None, segment, NOW)]
    source.refresh_from_db()
    segment.refresh_from_db()
    assert (source.due_at, segment.due_at) == (TOMORROW, TOMORROW)


@pytest.mark.django_db
@pytest.mark.parametrize("make", SUBJECTS)
def test_a_due_time_starts_one_refresh_however_often_it_is_looked_for(
    make: Callable[[], Any],
) -> None:
    make()

    for seconds in (0, 15, 30):
        start_due(now=NOW + timedelta(seconds=seconds))

    assert Refresh.objects.get().due_at == NOW


@pytest.mark.django_db
@pytest.mark.parametrize("make", SUBJECTS)
def test_due_times_missed_while_the_system_was_down_are_made_up_for_once_and_it_says_so(
    make: Callable[[], Any],
) -> None:
    subject = make()

    start_due(now=NOW + timedelta(days=3, hours=1))
    start_due(now=NOW + timedelta(days=3, hours=1, seconds=15))

    refresh = Refresh.objects.get()
    assert (refresh.due_at, refresh.is_late) == (NOW, True)
    subject.refresh_from_db()
    assert subject.due_at == NOW + timedelta(days=4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", SUBJECTS)
def test_two_beats_at_once_start_one_refresh(make: Callable[[], Any]) -> None:
    make()
    both = Barrier(2)

    def beat() -> int:
        try:
            both.wait(timeout=10)
            return len(start_due(now=NOW))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as beats:
        counts = [beats.submit(beat), beats.submit(beat)]

    assert sorted(count.result() for count in counts) == [0, 1]
    assert Refresh.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("make", SUBJECTS)
def test_a_due_time_that_a_stale_save_brings_back_is_passed_over(make: Callable[[], Any]) -> None:
    subject = make()
    start_due(now=NOW)
    Refresh.objects.update(status=Refresh.Status.SUCCESSFUL)

    subject.save()  # with the due time that it was opened with
    start_due(now=NOW + timedelta(seconds=15))

    assert Refresh.objects.count() == 1
    subject.refresh_from_db()
    assert subject.due_at == TOMORROW


@pytest.mark.django_db
def test_a_crash_before_the_end_of_the_start_leaves_the_due_time_for_the_next_beat() -> None:
    source = due_source()
    # A schedule that no code can read any more stands for whatever may go wrong on the way.
    Source.objects.update(recurrence="cron", cron="nonsense")

    assert start_due(now=NOW) == []
    Source.objects.update(recurrence="daily")

    assert len(start_due(now=NOW + timedelta(seconds=15))) == 1
    assert Refresh.objects.get().source == source


@pytest.mark.django_db
def test_one_that_cannot_be_started_does_not_stop_the_others() -> None:
    make_source(recurrence="cron", cron="nonsense", due_at=NOW - timedelta(hours=1))
    source = due_source()

    [refresh] = start_due(now=NOW)

    assert refresh.source == source


@pytest.mark.django_db
@pytest.mark.parametrize("make", SUBJECTS)
def test_a_due_time_that_comes_before_the_last_one_was_begun_is_served_with_it(
    make: Callable[[], Any],
) -> None:
    subject = make()
    start_due(now=NOW)

    start_due(now=TOMORROW)

    assert Refresh.objects.count() == 1
    subject.refresh_from_db()
    assert subject.due_at == TOMORROW + timedelta(days=1)


@pytest.mark.django_db
def test_a_static_segment_is_left_to_people() -> None:
    segment = make_segment(kind=Segment.Kind.STATIC, **DAILY)

    assert start_due(now=NOW) == []

    segment.refresh_from_db()
    assert segment.due_at == TOMORROW


@pytest.mark.django_db
@pytest.mark.parametrize("make", SUBJECTS)
def test_a_changed_schedule_counts_from_now(make: Callable[[], Any], administrator: User) -> None:
    subject = make()
    subject.recurrence, subject.every_hours = "hourly", 6

    save_own_schedule(
        subject=subject, version=subject.version, user=administrator, now=NOW + timedelta(hours=2)
    )

    subject.refresh_from_db()
    assert subject.due_at == NOW + timedelta(hours=8)
    assert start_due(now=NOW + timedelta(hours=3)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("recurrence", ["refresh", "off"])
def test_what_no_longer_has_a_schedule_of_its_own_is_not_due(
    recurrence: str, administrator: User
) -> None:
    segment = due_segment()
    segment.recurrence = recurrence

    save_own_schedule(subject=segment, version=segment.version, user=administrator, now=NOW)

    segment.refresh_from_db()
    assert segment.due_at is None
