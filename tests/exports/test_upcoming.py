"""What runs in the next 48 hours, what was delivered per day: in the reader's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from exports.home.calendar import SLOTS, calendar_of
from exports.home.delivered import ended_since_yesterday, last_days
from exports.home.upcoming import turns_after
from exports.models import Export, Run
from segments.models import RefreshSchedule
from tests.factories import make_connection, make_export, make_run

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOST = "acme.api-us1.com"


def daily(at: str, *, takes: int = 0, **fields: Any) -> Export:
    """Return an export that runs every day, whose last run took so many minutes."""
    export = make_export([], recurrence="daily", times=[at], **fields)
    hour, minute = map(int, at.split(":"))
    due = NOON.replace(hour=hour, minute=minute)
    Export.objects.filter(pk=export.pk).update(due_at=due + timedelta(days=due <= NOON))
    if takes:
        end = NOON - timedelta(hours=1)
        began = end - timedelta(minutes=takes)
        make_run(export, queued_at=began, started_at=began, finished_at=end)
    return export


def schedule(**fields: Any) -> RefreshSchedule:
    return RefreshSchedule(**{"recurrence": "off", **fields})


def told() -> list[tuple[str, str]]:
    return [(f"{turn.at:%d %H:%M}", turn.name) for turn in turns_after(NOON, schedule())]


def test_what_is_due_in_48_hours_comes_in_its_order() -> None:
    daily("02:00", name="Night")
    daily("14:00", name="Day")

    assert told() == [
        ("23 14:00", "Day"),
        ("24 02:00", "Night"),
        ("24 14:00", "Day"),
        ("25 02:00", "Night"),
    ]


def test_what_does_not_run_by_itself_is_not_foretold() -> None:
    daily("14:00", paused_at=NOON)
    daily("14:00", connection=None)
    make_export([], recurrence="off")
    make_export([], recurrence="refresh")

    assert told() == []


def test_exports_that_follow_the_refresh_come_when_it_does() -> None:
    make_export([], recurrence="refresh", name="Follower")

    nightly = schedule(recurrence="daily", times=["03:00"])
    turns = turns_after(NOON, nightly)

    assert [(turn.at.day, turn.at.hour, turn.with_refresh) for turn in turns] == [
        (24, 3, True),
        (25, 3, True),
    ]


def test_a_run_takes_as_long_as_the_last_that_delivered() -> None:
    export = daily("14:00", takes=17)
    end = NOON - timedelta(minutes=5)
    failed = {"status": Run.Status.FAILED, "queued_at": end, "started_at": end}
    make_run(export, finished_at=end, **failed)

    assert turns_after(NOON, schedule())[0].takes == timedelta(minutes=17)


def test_before_its_first_run_nobody_knows_how_long_it_takes() -> None:
    daily("14:00")

    [(_day, [row, *_more])] = calendar_of(NOON, schedule()).days[:1]

    assert row.slot.takes is None


def test_exports_that_meet_on_an_account_are_told_with_when_the_last_is_done() -> None:
    for number in range(3):
        daily("02:00", takes=17, name=f"Newsletter {number}")

    collisions = calendar_of(NOON, schedule()).collisions

    said = f"3 exports on {HOST} tomorrow at 02:00, the last is done about 02:51"
    assert collisions[0] == said


def test_who_begins_before_the_other_is_done_meets_it() -> None:
    daily("14:00", takes=30)
    daily("14:20", takes=30)
    daily("18:00", takes=30)

    collisions = calendar_of(NOON, schedule()).collisions

    said = f"2 exports on {HOST} between 14:00 and 14:20, the last is done about 15:00"
    assert collisions[0] == said
    assert all("18:00" not in collision for collision in collisions)


def test_exports_on_different_accounts_do_not_meet() -> None:
    daily("14:00", takes=30)
    daily("14:00", takes=30, connection=make_connection(host="other.api-us1.com"))

    calendar = calendar_of(NOON, schedule())

    assert calendar.collisions == []
    assert [lane.host for lane in calendar.lanes] == [HOST, "other.api-us1.com"]


def test_what_is_over_in_a_moment_is_no_collision() -> None:
    daily("14:00")
    daily("14:00")

    assert calendar_of(NOON, schedule()).collisions == []


def test_the_calendar_is_in_the_readers_time_zone() -> None:
    daily("23:30", takes=30)
    daily("23:30", takes=30)

    with timezone.override("Asia/Tokyo"):
        calendar = calendar_of(NOON, schedule())

    days = [day for day, _rows in calendar.days]
    assert days == [date(2026, 11, 24), date(2026, 11, 25)]
    assert "tomorrow at 08:30, the last is done about 09:30" in calendar.collisions[0]
    assert calendar.midnights == [3 * 60, 27 * 60]


def test_a_strip_shows_an_account_busy_where_it_is() -> None:
    daily("14:00", takes=30)

    [lane] = calendar_of(NOON, schedule()).lanes

    assert [(bar.x, bar.width) for bar in lane.bars] == [(120, 30), (24 * 60 + 120, 30)]


def test_many_times_are_cut_short_and_counted() -> None:
    make_export([], recurrence="cron", cron="*/10 * * * *", due_at=NOON + timedelta(minutes=10))

    calendar = calendar_of(NOON, schedule())

    assert sum(len(rows) for _day, rows in calendar.days) == SLOTS
    assert calendar.rest == 200 - SLOTS


def test_days_are_counted_where_the_reader_is() -> None:
    make_run(finished_at=NOON.replace(hour=23, minute=30) - timedelta(days=1), accepted=7)

    def delivered() -> list[int]:
        return [day.accepted for day in last_days(NOON)]

    assert delivered() == [0] * 12 + [7, 0]
    with timezone.override("Europe/Paris"):
        assert delivered() == [0] * 13 + [7]


def test_what_ended_before_yesterday_is_not_since_yesterday() -> None:
    export = make_export([])
    for ago in range(4):
        at = NOON - timedelta(days=ago)
        make_run(export, queued_at=at, finished_at=at, accepted=1)

    days = last_days(NOON)

    assert ended_since_yesterday(days) == [("successful", 2)]
    assert sum(day.accepted for day in days) == 4
