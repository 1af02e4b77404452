"""When something is due: every recurrence, over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from segments.models import RefreshSchedule
from segments.schedules.clocks import clock_changes
from segments.schedules.cron import BadCron, check_cron
from segments.schedules.due_times import due_times, next_due

Recurrence = RefreshSchedule.Recurrence
PARIS, NEW_YORK = "Europe/Paris", "America/New_York"
LORD_HOWE, SAMOA = "Australia/Lord_Howe", "Pacific/Apia"


def schedule(*times: str, zone: str = "UTC", weekdays: list[int] | None = None) -> RefreshSchedule:
    recurrence = Recurrence.DAILY if weekdays is None else Recurrence.WEEKLY
    return RefreshSchedule(
        recurrence=recurrence, times=list(times), time_zone=zone, weekdays=weekdays or []
    )


def monthly(*days: int, zone: str = "UTC", local: str = "09:00") -> RefreshSchedule:
    return RefreshSchedule(
        recurrence=Recurrence.MONTHLY, month_days=list(days), times=[local], time_zone=zone
    )


def every(hours: int, *, since: str | None = None, zone: str = "UTC") -> RefreshSchedule:
    return RefreshSchedule(
        recurrence=Recurrence.HOURLY,
        every_hours=hours,
        time_zone=zone,
        due_at=at(since) if since else None,
    )


def cron(expression: str, zone: str = "UTC") -> RefreshSchedule:
    return RefreshSchedule(recurrence=Recurrence.CRON, cron=expression, time_zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def upcoming(plan: RefreshSchedule, after: datetime, count: int) -> list[datetime]:
    return [due.at for due in islice(due_times(plan, after), count)]


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


@pytest.mark.parametrize("recurrence", [Recurrence.OFF, Recurrence.REFRESH])
def test_what_is_off_or_follows_the_refresh_is_never_due_by_itself(recurrence: str) -> None:
    plan = RefreshSchedule(recurrence=recurrence, times=["09:00"])

    assert next_due(plan, at("2026-01-01")) is None


def test_a_monthly_schedule_keeps_to_its_days() -> None:
    assert due(monthly(15, 1), "2026-01-01 10:00") == [
        "2026-01-15 09:00",
        "2026-02-01 09:00",
        "2026-02-15 09:00",
    ]


def test_a_day_that_the_month_lacks_becomes_its_last_day() -> None:
    assert due(monthly(31), "2026-01-31 10:00", 4) == [
        "2026-02-28 09:00",
        "2026-03-31 09:00",
        "2026-04-30 09:00",
        "2026-05-31 09:00",
    ]
    assert due(monthly(29), "2028-02-01", 1) == ["2028-02-29 09:00"]


def test_two_days_that_both_become_the_last_one_are_due_once() -> None:
    assert due(monthly(29, 30, 31), "2026-02-01", 4) == [
        "2026-02-28 09:00",
        "2026-03-29 09:00",
        "2026-03-30 09:00",
        "2026-03-31 09:00",
    ]


def test_a_monthly_schedule_without_days_is_never_due() -> None:
    assert next_due(monthly(), at("2026-01-01")) is None


def test_hours_are_counted_from_when_the_schedule_begins() -> None:
    assert due(every(6), "2026-01-01 10:07:30") == [
        "2026-01-01 16:07",
        "2026-01-01 22:07",
        "2026-01-02 04:07",
    ]


def test_hours_are_counted_on_from_the_due_time_that_is_stored() -> None:
    plan = every(6, since="2026-01-01 10:07")

    assert due(plan, "2026-01-01 09:00", 1) == ["2026-01-01 10:07"]
    assert due(plan, "2026-01-01 10:07", 1) == ["2026-01-01 16:07"]
    assert due(plan, "2026-01-04 12:00", 1) == ["2026-01-04 16:07"]


@pytest.mark.parametrize("after", ["2026-03-28 20:00", "2026-10-24 20:00"])
def test_hours_are_hours_whatever_the_clocks_do(after: str) -> None:
    moments = upcoming(every(6, zone=PARIS), at(after), 5)

    gaps = {later - earlier for earlier, later in pairwise(moments)}
    assert gaps == {timedelta(hours=6)}


def test_a_cron_expression_names_local_times() -> None:
    assert due(cron("30 6 * * 1-5", NEW_YORK), "2026-01-02 12:00") == [
        "2026-01-05 11:30",
        "2026-01-06 11:30",
        "2026-01-07 11:30",
    ]


# What is due at a local time, as a daily schedule and as a cron expression.
AT_0145 = (("01:45",), "45 1 * * *")
AT_0215 = (("02:15",), "15 2 * * *")
AT_0230 = (("02:30",), "30 2 * * *")
AT_0130 = (("01:30",), "30 1 * * *")
AT_0900 = (("09:00",), "0 9 * * *")


@pytest.mark.parametrize("kind", ["daily", "cron"])
@pytest.mark.parametrize(
    ("zone", "local", "after", "expected"),
    [
        # The clocks go from 02:00 to 03:00 on that day.
        (PARIS, AT_0230, "2026-03-27 12:00", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        (NEW_YORK, AT_0230, "2026-03-06 12:00", ["03-07 07:30", "03-08 07:00", "03-09 06:30"]),
        # From 02:00 to 02:30.
        (LORD_HOWE, AT_0215, "2026-10-02 12:00", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),
    ],
)
def test_a_time_that_does_not_exist_runs_at_the_next_one_that_does(
    zone: str, local: tuple[tuple[str], str], after: str, expected: list[str], kind: str
) -> None:
    plan = schedule(*local[0], zone=zone) if kind == "daily" else cron(local[1], zone)

    assert due(plan, after) == [f"2026-{each}" for each in expected]


@pytest.mark.parametrize("kind", ["daily", "cron"])
@pytest.mark.parametrize(
    ("zone", "local", "after", "expected"),
    [
        (PARIS, AT_0230, "2026-10-24 12:00", ["10-25 00:30", "10-26 01:30"]),
        (NEW_YORK, AT_0130, "2026-10-31 12:00", ["11-01 05:30", "11-02 06:30"]),
        # The half hour from 01:30 comes twice.
        (LORD_HOWE, AT_0145, "2026-04-04 12:00", ["04-04 14:45", "04-05 15:15"]),
    ],
)
def test_a_time_that_exists_twice_runs_once(
    zone: str, local: tuple[tuple[str], str], after: str, expected: list[str], kind: str
) -> None:
    plan = schedule(*local[0], zone=zone) if kind == "daily" else cron(local[1], zone)

    assert due(plan, after, 2) == [f"2026-{each}" for each in expected]


@pytest.mark.parametrize("plan", [schedule("09:00", zone=SAMOA), cron("0 9 * * *", SAMOA)])
def test_a_day_that_a_zone_skips_runs_as_soon_as_the_next_one_begins(plan: Any) -> None:
    # Samoa had no 30 December 2011: the clocks went from the 29th, 24:00, to the 31st.
    assert due(plan, "2011-12-29 12:00", 4) == [
        "2011-12-29 19:00",
        "2011-12-30 10:00",
        "2011-12-30 19:00",
        "2011-12-31 19:00",
    ]


def test_the_last_days_of_a_month_with_a_skipped_day_run_once_each() -> None:
    plan = monthly(30, zone=SAMOA)

    assert due(plan, "2011-12-29 12:00", 2) == ["2011-12-30 10:00", "2012-01-29 19:00"]


def test_two_times_in_the_missing_hour_run_once() -> None:
    plan = schedule("02:10", "02:50", zone=PARIS)

    assert due(plan, "2026-03-28 12:00", 2) == ["2026-03-29 01:00", "2026-03-30 00:10"]


def test_quarters_of_the_missing_hour_run_once_and_those_of_the_double_hour_once_each() -> None:
    plan = cron("*/15 2 * * *", PARIS)

    assert due(plan, "2026-03-28 12:00", 2) == ["2026-03-29 01:00", "2026-03-30 00:00"]
    assert due(plan, "2026-10-24 12:00", 5) == [
        "2026-10-25 00:00",
        "2026-10-25 00:15",
        "2026-10-25 00:30",
        "2026-10-25 00:45",
        "2026-10-26 01:00",
    ]


@pytest.mark.parametrize("after", ["2026-03-28 22:10", "2026-10-24 22:10"])
def test_an_expression_of_every_hour_takes_the_hours_as_they_pass(after: str) -> None:
    moments = upcoming(cron("30 * * * *", PARIS), at(after), 6)

    gaps = {later - earlier for earlier, later in pairwise(moments)}
    assert gaps == {timedelta(hours=1)}


def test_due_times_say_what_the_clocks_did_to_them() -> None:
    spring = next(due_times(schedule("02:30", zone=PARIS), at("2026-03-28 12:00")))
    autumn = next(due_times(schedule("02:30", zone=PARIS), at("2026-10-24 12:00")))
    winter = next(due_times(schedule("02:30", zone=PARIS), at("2026-12-24 12:00")))

    assert (spring.is_moved, spring.is_first_of_two, f"{spring.shown:%H:%M}") == (
        True,
        False,
        "03:00",
    )
    assert (autumn.is_moved, autumn.is_first_of_two) == (False, True)
    assert (winter.is_moved, winter.is_first_of_two) == (False, False)


@pytest.mark.parametrize(
    ("zone", "after", "before_and_after"),
    [
        (PARIS, "2026-01-01", ["03-29 02:00 > 03-29 03:00", "10-25 03:00 > 10-25 02:00"]),
        (LORD_HOWE, "2026-01-01", ["04-05 02:00 > 04-05 01:30", "10-04 02:00 > 10-04 02:30"]),
        (SAMOA, "2011-10-01", ["12-30 00:00 > 12-31 00:00"]),
        ("UTC", "2026-01-01", []),
    ],
)
def test_the_changes_of_the_clocks_are_known(
    zone: str, after: str, before_and_after: list[str]
) -> None:
    changes = clock_changes(ZoneInfo(zone), at(after), days=150 if zone == SAMOA else 365)

    said = [f"{each.before:%m-%d %H:%M} > {each.after:%m-%d %H:%M}" for each in changes]
    assert said == before_and_after


@pytest.mark.parametrize(
    "expression", ["0 6 * * 1", "*/15 8-18 * * MON-FRI", "0 0 L * *", "0 0 29 2 *", "0 9 * * 1#1"]
)
def test_expressions_that_name_times_are_taken(expression: str) -> None:
    check_cron(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "This one has 0."),
        ("@daily", "This one has 1."),
        ("0 0 6 * * 1", "This one has 6."),
        ("60 6 * * *", "Its minute, “60”, can’t be read. It may hold 0–59"),
        ("0 24 * * *", "Its hour, “24”"),
        ("0 6 32 * *", "Its day of the month, “32”"),
        ("0 6 * 13 *", "Its month, “13”"),
        ("0 6 * * FUN", "Its day of the week, “FUN”"),
        ("0 6 * * 5-1", "Its day of the week, “5-1”"),
        ("*/0 6 * * *", "Its minute, “*/0”"),
        ("0 6 30 2 *", "It names a day that never comes"),
        ("0 6 31 4,6,9,11 *", "It names a day that never comes"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said(expression: str, said: str) -> None:
    with pytest.raises(BadCron) as caught:
        check_cron(expression)

    assert said in str(caught.value)
