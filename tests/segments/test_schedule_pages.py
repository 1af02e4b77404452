"""The pages of schedules: of the system, and of single sources and segments."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from segments.models import RefreshSchedule, Scheduled, Segment, Source
from segments.schedules.dependents import left_without_news
from segments.schedules.wording import describe
from tests.factories import NOW, make_export, make_segment, make_source

pytestmark = pytest.mark.django_db
SYSTEM = "/system/schedule/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_administrator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def as_contributor(contributor: User) -> Client:
    client = Client()
    client.force_login(contributor)
    return client


@pytest.fixture
def segment() -> Segment:
    return make_segment(name="Readers")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def address_of(subject: Source | Segment) -> str:
    room = "segment" if isinstance(subject, Segment) else "source"
    return reverse(f"segments:schedule_{room}", args=[subject.pk])


def filled(recurrence: str, do: str = "save", **fields: Any) -> dict[str, Any]:
    return {"version": 1, "recurrence": recurrence, "do": do, **fields}


PARIS = {"time": "06:30", "time_zone": "Europe/Paris"}
CHOICES = [
    ("refresh", {}, "With each scheduled refresh"),
    ("hourly", {"every_hours": "1"}, "Every hour"),
    ("hourly", {"every_hours": "8"}, "Every 8 hours"),
    ("daily", PARIS, "Daily at 06:30 (Europe/Paris)"),
    (
        "weekly",
        {**PARIS, "weekdays": ["1", "4"]},
        "Weekly on Monday and Thursday at 06:30 (Europe/Paris)",
    ),
    ("monthly", {**PARIS, "month_days": ["31"]}, "Monthly on day 31 at 06:30 (Europe/Paris)"),
    (
        "monthly",
        {**PARIS, "month_days": ["1", "15", "31"]},
        "Monthly on days 1, 15 and 31 at 06:30 (Europe/Paris)",
    ),
    (
        "cron",
        {"cron": " 0  6 * * 1-5 ", "time_zone": "UTC"},
        "Cron expression 0 6 * * 1-5 (UTC)",
    ),
    ("off", {}, "Off"),
]


@pytest.mark.parametrize(("recurrence", "fields", "said"), CHOICES)
def test_every_recurrence_is_saved_with_what_it_needs(
    as_contributor: Client, segment: Segment, recurrence: str, fields: dict[str, Any], said: str
) -> None:
    response = as_contributor.post(address_of(segment), filled(recurrence, **fields))

    assert response.headers["Location"] == reverse("segments:detail", args=[segment.pk])
    segment.refresh_from_db()
    assert describe(segment) == said
    assert (segment.due_at is None) == (recurrence in ("refresh", "off"))


@pytest.mark.parametrize(
    ("recurrence", "fields", "wrong"),
    [
        ("hourly", {"every_hours": "0"}, "every_hours"),
        ("hourly", {"every_hours": "169"}, "every_hours"),
        ("daily", {"time_zone": "UTC"}, "time"),
        ("daily", {"time": "25:00", "time_zone": "UTC"}, "time"),
        ("daily", {"time": "06:00", "time_zone": "Mars/Olympus"}, "time_zone"),
        ("weekly", PARIS, "weekdays"),
        ("weekly", {**PARIS, "weekdays": ["8"]}, "weekdays"),
        ("monthly", PARIS, "month_days"),
        ("monthly", {**PARIS, "month_days": ["32"]}, "month_days"),
        ("cron", {"cron": "0 25 * * *", "time_zone": "UTC"}, "cron"),
        ("sometimes", {}, "recurrence"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(
    as_contributor: Client, segment: Segment, recurrence: str, fields: dict[str, Any], wrong: str
) -> None:
    response = as_contributor.post(address_of(segment), filled(recurrence, **fields))

    assert list(response.context["form"].errors) == [wrong]
    segment.refresh_from_db()
    assert segment.recurrence == "refresh"


def test_details_that_the_recurrence_does_not_need_are_not_judged(
    as_contributor: Client, segment: Segment
) -> None:
    nonsense = {"time": "25:00", "cron": "@daily", "month_days": ["32"], "time_zone": "Mars"}

    as_contributor.post(address_of(segment), filled("hourly", every_hours="3", **nonsense))

    segment.refresh_from_db()
    assert (segment.recurrence, segment.every_hours) == ("hourly", 3)
    assert (segment.times, segment.cron, segment.time_zone) == ([], "", "UTC")


def test_the_next_five_dates_are_shown_before_anything_is_saved(
    as_contributor: Client, segment: Segment
) -> None:
    asked = filled("cron", do="show", cron="30 2 1 1 *", time_zone="UTC")

    shown = text_of(as_contributor.post(address_of(segment), asked))

    for years in range(1, 6):
        assert f"1 Jan {timezone.now().year + years}, 02:30" in shown
    segment.refresh_from_db()
    assert segment.recurrence == "refresh"


def test_with_htmx_only_the_dates_or_what_is_wrong_come_back(
    as_contributor: Client, segment: Segment
) -> None:
    good = filled("daily", do="show", **PARIS)
    bad = filled("cron", do="show", cron="0 25 * * *", time_zone="UTC")

    dates = text_of(as_contributor.post(address_of(segment), good, headers=HTMX))
    wrong = text_of(as_contributor.post(address_of(segment), bad, headers=HTMX))

    assert dates.startswith("<section")
    assert dates.count("06:30</time>") == 5
    assert "Its hour, “25”, can’t be read." in wrong


def test_changes_of_the_clocks_are_pointed_out_with_what_they_do(
    as_contributor: Client, segment: Segment
) -> None:
    asked = filled("daily", do="show", time="02:30", time_zone="Europe/Paris")

    shown = text_of(as_contributor.post(address_of(segment), asked))

    assert "from 02:00 to 03:00." in shown
    assert "02:30 does not exist on that day; it runs at 03:00." in shown
    assert "from 03:00 to 02:00." in shown
    assert "02:30 comes twice on that day; it runs the first time only." in shown


def test_hours_are_shown_in_the_time_zone_of_whoever_looks(
    as_contributor: Client, contributor: User, segment: Segment
) -> None:
    contributor.time_zone = "Asia/Tokyo"
    contributor.save()

    asked = filled("hourly", do="show", every_hours="6")
    shown = text_of(as_contributor.post(address_of(segment), asked, headers=HTMX))

    assert "Times of Asia/Tokyo." in shown


def test_what_somebody_else_saved_is_not_overwritten_unseen(
    as_contributor: Client, segment: Segment
) -> None:
    as_contributor.post(address_of(segment), filled("off"))

    shown = text_of(as_contributor.post(address_of(segment), filled("hourly", every_hours="3")))

    assert "Changed in the meantime" in shown
    segment.refresh_from_db()
    assert segment.recurrence == "off"


def test_a_static_segment_says_that_its_schedule_has_to_wait(as_contributor: Client) -> None:
    static = make_segment(kind=Segment.Kind.STATIC)

    assert "refreshed by hand only" in text_of(as_contributor.get(address_of(static)))


def test_contributors_schedule_sources_of_files_and_administrators_those_of_databases(
    as_contributor: Client, as_administrator: Client
) -> None:
    files, database = make_source(), make_source(kind=Source.Kind.DATABASE)

    assert as_contributor.get(address_of(files)).status_code == 200
    assert as_contributor.get(address_of(database)).status_code == 404
    assert as_contributor.post(address_of(database), filled("off")).status_code == 404
    assert as_administrator.post(address_of(database), filled("off")).status_code == 302


def test_whoever_never_scheduled_is_offered_their_own_time_zone(
    as_contributor: Client, contributor: User, segment: Segment
) -> None:
    contributor.time_zone = "Asia/Tokyo"
    contributor.save()

    form = as_contributor.get(address_of(segment)).context["form"]

    assert form["time_zone"].value() == "Asia/Tokyo"


def test_a_time_zone_that_is_no_longer_offered_stays(
    as_contributor: Client, segment: Segment
) -> None:
    Segment.objects.update(recurrence="daily", times=["09:00"], time_zone="Etc/GMT+3")

    assert 'value="Etc/GMT+3" selected' in text_of(as_contributor.get(address_of(segment)))


def own(name: str, **fields: Any) -> Segment:
    return make_segment(name=name, refreshed=False, **fields)


def system(recurrence: str, *times: str, weekdays: list[int] | None = None) -> RefreshSchedule:
    return RefreshSchedule(
        pk=1, recurrence=recurrence, times=list(times), weekdays=weekdays or [], time_zone="UTC"
    )


DAILY, OFF = system("daily", "06:00"), system("off")
AT_NOON: dict[str, Any] = {"recurrence": "daily", "times": ["12:00"]}


def test_who_relies_on_a_refresh_that_is_switched_off_is_named() -> None:
    segment = own("At noon", **AT_NOON)
    export = make_export([own("Follows")], name="Sends at noon", **AT_NOON)

    assert left_without_news(before=DAILY, after=OFF, now=NOW) == [segment, export]


def test_who_still_finds_something_new_each_time_is_not_named() -> None:
    own("At noon", **AT_NOON)

    assert left_without_news(before=DAILY, after=system("daily", "08:00"), now=NOW) == []


def test_a_refresh_that_comes_more_rarely_names_who_now_runs_over_the_same() -> None:
    often = own("At noon", **AT_NOON)
    own("On Mondays", recurrence="weekly", weekdays=[1], times=["12:00"])

    weekly = system("weekly", "06:00", weekdays=[1])

    assert left_without_news(before=DAILY, after=weekly, now=NOW) == [often]


def test_who_does_not_rely_on_the_refresh_is_not_named() -> None:
    alone = make_source(**AT_NOON)
    own("With a source of its own times", source=alone, **AT_NOON)
    own("Follows")
    own("Static", kind=Segment.Kind.STATIC, **AT_NOON)
    make_export([own("Off", recurrence="off")], **AT_NOON)

    assert left_without_news(before=DAILY, after=OFF, now=NOW) == []


def test_a_schedule_that_was_off_leaves_nobody_worse_off() -> None:
    own("At noon", **AT_NOON)

    assert left_without_news(before=OFF, after=DAILY, now=NOW) == []


def test_the_page_warns_before_and_names_them(as_administrator: Client) -> None:
    own("At noon", **AT_NOON)
    RefreshSchedule.objects.current()
    RefreshSchedule.objects.update(recurrence="daily", times=["06:00"])

    shown = text_of(as_administrator.post(SYSTEM, filled("off", do="show")))

    assert "Some would run without news" in shown
    assert "At noon" in shown
    assert RefreshSchedule.objects.get().recurrence == Scheduled.Recurrence.DAILY


def test_who_saves_without_looking_first_is_told_too(as_administrator: Client) -> None:
    own("At noon", **AT_NOON)
    RefreshSchedule.objects.current()
    RefreshSchedule.objects.update(recurrence="daily", times=["06:00"])

    shown = text_of(as_administrator.post(SYSTEM, filled("off"), follow=True))

    assert "some of their runs will now come before anything new: At noon." in shown
