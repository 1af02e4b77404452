"""When a scheduled refresh is due, over both changes of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segments.models import RefreshSchedule
from segments.schedules.due_times import next_due, upcoming

Recurrence = RefreshSchedule.Recurrence


def schedule(*times: str, zone: str = "UTC", weekdays: list[int] | None = None) -> RefreshSchedule:
    recurrence = Recurrence.DAILY if weekdays is None else Recurrence.WEEKLY
    return RefreshSchedule(
        recurrence=recurrence, times=list(times), time_zone=zone, weekdays=weekdays or []
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(plan: RefreshSchedule, after: str, count: int = 3) -> list[str]:
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in upcoming(plan, at(after), count)]


def test_a_schedule_that_is_off_is_never_due() -> None:
    plan = RefreshSchedule(recurrence=Recurrence.OFF, times=["09:00"])

    assert next_due(plan, at("2026-01-01")) is None


def test_a_weekly_schedule_without_days_is_never_due() -> None:
    assert next_due(schedule("09:00", weekdays=[]), at("2026-01-01")) is None


def test_the_due_time_itself_is_not_later_than_itself() -> None:
    plan = schedule("09:00")

    assert due(plan, "2026-01-01 09:00", 1) == ["2026-01-02 09:00"]
    assert due(plan, "2026-01-01 08:59", 1) == ["2026-01-01 09:00"]


def test_several_times_a_day_come_in_their_order() -> None:
    plan = schedule("18:30", "06:00")

    assert due(plan, "2026-01-01 07:00") == [
        "2026-01-01 18:30",
        "2026-01-02 06:00",
        "2026-01-02 18:30",
    ]


def test_a_weekly_schedule_keeps_to_its_days() -> None:
    plan = schedule("09:00", weekdays=[1, 4])

    assert due(plan, "2026-01-01 10:00") == [
        "2026-01-05 09:00",
        "2026-01-08 09:00",
        "2026-01-12 09:00",
    ]


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        # The clocks go from 02:00 to 03:00 on that day.
        ("Europe/Paris", "2026-03-27 12:00", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ("America/New_York", "2026-03-06 12:00", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
    ],
)
def test_a_time_that_does_not_exist_runs_at_the_next_one_that_does(
    zone: str, after: str, expected: list[str]
) -> None:
    assert due(schedule("02:30", zone=zone), after) == [f"2026-{each}" for each in expected]


@pytest.mark.parametrize(
    ("zone", "local", "after", "expected"),
    [
        ("Europe/Paris", "02:30", "2026-10-24 12:00", ["10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "01:30", "2026-10-31 12:00", ["11-01 05:30", "11-02 06:30"]),
    ],
)
def test_a_time_that_exists_twice_runs_once(
    zone: str, local: str, after: str, expected: list[str]
) -> None:
    assert due(schedule(local, zone=zone), after, 2) == [f"2026-{each}" for each in expected]


def test_two_times_in_the_missing_hour_run_once() -> None:
    plan = schedule("02:10", "02:50", zone="Europe/Paris")

    assert due(plan, "2026-03-28 12:00", 2) == ["2026-03-29 01:00", "2026-03-30 00:10"]
