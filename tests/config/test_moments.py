from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from config.templatetags.moments import relative_words

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def words(at: datetime, zone: str = "UTC") -> str | None:
    with timezone.override(zone):
        return relative_words(at, NOON)


def shown(tag: str, at: datetime, zone: str = "UTC") -> str:
    with timezone.override(zone):
        return Template("{% load moments %}{% " + tag + " at %}").render(Context({"at": at}))


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=-29), "just now"),
        (timedelta(seconds=29), "in a moment"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(minutes=-3), "3 minutes ago"),
        (timedelta(minutes=59, seconds=29), "in 59 minutes"),
        (timedelta(minutes=59, seconds=31), "in 1 hour"),
        (timedelta(hours=-2), "2 hours ago"),
        (timedelta(hours=11), "in 11 hours"),
        (timedelta(hours=-12), "today at 00:00"),
        (timedelta(hours=-13), "yesterday at 23:00"),
        (timedelta(hours=14), "tomorrow at 02:00"),
    ],
)
def test_a_moment_is_told_as_people_tell_it(away: timedelta, expected: str) -> None:
    assert words(NOON + away) == expected


@pytest.mark.parametrize("away", [timedelta(days=-2), timedelta(days=2), timedelta(days=-800)])
def test_days_further_away_are_not_counted(away: timedelta) -> None:
    assert words(NOON + away) is None


def test_yesterday_is_the_day_before_in_the_readers_zone() -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    assert words(at) == "yesterday at 23:30"
    assert words(at, "Europe/Paris") == "today at 00:30"


def test_the_exact_time_and_its_zone_stand_behind_the_words() -> None:
    at = timezone.now() - timedelta(minutes=5)

    html = shown("moment", at, "Europe/Paris")

    local = at.astimezone(ZoneInfo("Europe/Paris"))
    assert ">5 minutes ago</time>" in html
    assert f'datetime="{at.isoformat()}"' in html
    assert f'{local:%H:%M} {local:%Z}"' in html


def test_a_moment_long_ago_is_a_date_that_never_grows_old() -> None:
    html = shown("moment", datetime(2020, 2, 1, 8, 5, tzinfo=UTC))

    assert ">1 Feb 2020, 08:05</time>" in html
    assert "data-relative" not in html


def test_the_name_of_a_day_holds_until_midnight_where_the_reader_is() -> None:
    zone = ZoneInfo("Pacific/Auckland")
    at = timezone.now().astimezone(zone).replace(hour=9, minute=10) - timedelta(days=1)
    tomorrow = timezone.localdate(timezone=zone) + timedelta(days=1)

    html = shown("moment", at, "Pacific/Auckland")

    assert f'data-relative="{tomorrow}T00:00:00+1' in html


def test_an_exact_moment_is_told_to_the_minute_however_near() -> None:
    at = timezone.now()

    html = shown("exact_moment", at)

    assert f"{at:%H:%M}</time>" in html
    assert "data-relative" not in html
