"""The page of one segment: its members over time, one person among them, all of them as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.audit import describe_entries
from accounts.models import User
from segments.models import ProfileTable, Segment, Snapshot, Source, Tag
from segments.snapshots import refresh_segment
from segments.trends import MOST, member_trend
from tests.factories import NOW, make_export, make_segment, make_source

pytestmark = pytest.mark.django_db
DETAIL, CSV, PERSON = "segments:detail", "segments:members_csv", "segments:find_person"
PEOPLE = [
    {"id": "K1", "email": "ana@example.com", "second email": "", "country": "Brazil", "spent": "5"},
    {"id": "K2", "email": "bea@example.com", "second email": "B@x.org", "country": "France",
     "spent": "20"},
    {"id": "K3", "email": "cy@example.com", "second email": "", "country": "France", "spent": "7"},
]  # fmt: skip


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def people(db: None) -> Source:
    return make_source(PEOPLE, name="People", key_column="id")


def rule(match: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "match": match, "conditions": list(conditions)}


FRENCH = {"column": "country", "operator": "equals", "value": "France"}
RICH = {"column": "spent", "operator": "greater", "value": "10"}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def remember(segment: Segment, *counts: tuple[datetime, int]) -> None:
    Snapshot.objects.bulk_create(
        Snapshot(segment=segment, members=members, created_at=when) for when, members in counts
    )


def file_of(response: Any, delimiter: str = ",") -> list[list[str]]:
    content = b"".join(response.streaming_content).decode("utf-8")
    assert content[0] == "\ufeff"
    return list(csv.reader(content[1:].splitlines(), delimiter=delimiter))


# Over time


def test_the_trend_is_a_line_and_a_table(page: Client, people: Source) -> None:
    segment = make_segment(people)
    now = timezone.now()
    remember(segment, (now - timedelta(days=3), 1200), (now - timedelta(days=1), 1500))

    shown = text_of(page.get(reverse(DETAIL, args=[segment.pk])))

    assert '<path class="chart-line"' in shown
    assert "style=" not in shown
    assert '<td class="number">1,500</td>' in shown
    assert "Members over time: 3 on" in shown  # before the period there were 3


def test_one_refresh_makes_no_line(page: Client, people: Source) -> None:
    segment = make_segment(people, refreshed=False)
    remember(segment, (timezone.now() - timedelta(days=3), 1))

    shown = text_of(page.get(reverse(DETAIL, args=[segment.pk])))

    assert "chart-line" not in shown
    assert "A line appears once the segment has been refreshed twice" in shown


@pytest.mark.parametrize(
    ("period", "counts"),
    [("30", [3, 4]), ("90", [2, 3, 4]), ("365", [1, 2, 3, 4]), ("all", [1, 2, 3, 4])],
)
def test_a_period_begins_with_what_there_was_before(
    people: Source, period: str, counts: list[int]
) -> None:
    segment = make_segment(people, refreshed=False)
    remember(
        segment, *((NOW - timedelta(days=d), n) for d, n in ((400, 1), (80, 2), (40, 3), (2, 4)))
    )

    trend = member_trend(segment, period, now=NOW)

    assert [members for _when, members in trend][-len(counts) :] == counts
    assert len(trend) == len(counts) + (period == "90")


def test_a_long_history_is_thinned_and_keeps_its_ends(people: Source) -> None:
    segment = make_segment(people, refreshed=False)
    remember(segment, *((NOW - timedelta(hours=hours), hours) for hours in range(2000)))

    trend = member_trend(segment, "all", now=NOW)

    assert MOST * 0.9 < len(trend) <= MOST
    assert trend[-1] == (NOW, 0)
    assert trend[0][1] > 1990


def test_an_unknown_period_is_the_usual_one(page: Client, people: Source) -> None:
    segment = make_segment(people)

    response = page.get(reverse(DETAIL, args=[segment.pk]), {"period": "forever"})

    assert response.context["period"] == "30"


# One person


@pytest.mark.parametrize("asked", ["k2", " K2 ", "BEA@example.com", "b@X.org\t"])
def test_a_member_is_found_by_key_and_by_every_address(
    page: Client, people: Source, asked: str
) -> None:
    segment = make_segment(people, rule=rule("all", FRENCH))

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": asked}))

    assert "Member" in shown
    assert "bea@example.com" in shown
    assert "ana@example.com" not in shown


def test_who_is_no_member_is_told_which_conditions_do_not_hold(
    page: Client, people: Source
) -> None:
    segment = make_segment(people, rule=rule("all", FRENCH, RICH))

    ana, cy = (
        text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": key}))
        for key in ("K1", "K3")
    )

    assert "Not a member" in ana
    assert "<li>country is “France”</li>" in ana
    assert "<li>spent &gt; 10</li>" in ana
    assert "<li>country is “France”</li>" not in cy
    assert "<li>spent &gt; 10</li>" in cy


def test_of_conditions_of_which_any_would_do_all_are_named(page: Client, people: Source) -> None:
    segment = make_segment(people, rule=rule("any", FRENCH, rule("all", RICH)))

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": "K1"}))

    assert "At least one of these conditions must hold, and none does:" in shown
    assert "<li>spent &gt; 10</li>" in shown


def test_who_has_come_to_satisfy_the_rule_waits_for_the_refresh(
    page: Client, people: Source
) -> None:
    segment = make_segment(people, rule=rule("all", FRENCH))
    Segment.objects.update(rule=rule("any", FRENCH, {**FRENCH, "value": "Brazil"}))

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": "K1"}))

    assert "becomes a member when the segment is refreshed" in shown


def test_a_member_of_an_older_table_is_not_told_twice(page: Client, people: Source) -> None:
    segment = make_segment(people, rule=rule("all", FRENCH))
    newer = make_source([PEOPLE[0], PEOPLE[2], PEOPLE[1]])
    ProfileTable.objects.filter(pk=newer.table_id).update(source=people)
    Source.objects.filter(pk=people.pk).update(table=newer.table_id)
    Source.objects.filter(pk=newer.pk).update(table=None)

    response = page.post(reverse(PERSON, args=[segment.pk]), {"person": "K3"})

    assert [person.is_member for person in response.context["people"]] == [True]


def test_an_address_of_several_profiles_shows_all_of_them(page: Client) -> None:
    rows = [
        {"id": "1", "email": "x@example.com", "country": "France"},
        {"id": "2", "email": "X@example.com", "country": "Chile"},
    ]
    segment = make_segment(make_source(rows), rule=rule("all", FRENCH))

    response = page.post(reverse(PERSON, args=[segment.pk]), {"person": "x@example.com"})

    assert [person.is_member for person in response.context["people"]] == [True, False]


@pytest.mark.parametrize("asked", ["K9", "' OR 1=1 --", "%", "é" * 320])
def test_nobody_is_found_for_what_nobody_has(page: Client, people: Source, asked: str) -> None:
    segment = make_segment(people)

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": asked}))

    assert "Nobody in “People” has this key or e-mail address." in shown


@pytest.mark.parametrize("asked", ["", "x" * 321, "a\0b"])
def test_what_can_be_no_address_is_refused_at_its_field(
    page: Client, people: Source, asked: str
) -> None:
    segment = make_segment(people)

    response = page.post(reverse(PERSON, args=[segment.pk]), {"person": asked})

    assert response.context["form"].errors
    assert "Nobody in" not in text_of(response)


def test_who_is_in_no_segment_that_the_rule_asks_for_is_told_its_name(
    page: Client, people: Source
) -> None:
    french = make_segment(people, name="French", rule=rule("all", FRENCH))
    segment = make_segment(people, rule=rule("all", {"operator": "in", "segment": french.pk}, RICH))

    ana, cy = (
        page.post(reverse(PERSON, args=[segment.pk]), {"person": key}).context["people"][0]
        for key in ("K1", "K3")
    )

    assert [len(person.unmet) for person in (ana, cy)] == [2, 1]
    assert "“French”" in ana.unmet[0]


def test_a_segment_never_refreshed_explains_itself_too(page: Client, people: Source) -> None:
    segment = make_segment(people, refreshed=False, rule=rule("all", RICH))

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": "K1"}))

    assert "Not a member" in shown
    assert "<li>spent &gt; 10</li>" in shown


def test_a_rule_that_no_longer_fits_says_so_instead(page: Client, people: Source) -> None:
    segment = make_segment(people, rule=rule("all", FRENCH))
    Segment.objects.update(rule=rule("all", {**FRENCH, "column": "gone"}))

    shown = text_of(page.post(reverse(PERSON, args=[segment.pk]), {"person": "K1"}))

    assert "The source has no column “gone”." in shown


def test_missing_files_lead_back_to_the_segment(page: Client, people: Source) -> None:
    segment = make_segment(people)
    default_storage.delete(segment.snapshot.file)

    found = page.post(reverse(PERSON, args=[segment.pk]), {"person": "K1"}, follow=True)
    loaded = page.get(reverse(CSV, args=[segment.pk]), follow=True)

    assert "The stored members are missing. Refresh the segment." in text_of(found)
    assert "The stored members are missing. Refresh the segment." in text_of(loaded)


# All of them


def test_all_members_are_downloaded_in_the_order_of_the_source(
    page: Client, people: Source
) -> None:
    segment = make_segment(people, name="French & others", rule=rule("all", FRENCH))

    response = page.get(reverse(CSV, args=[segment.pk]))

    assert file_of(response) == [
        list(PEOPLE[0]),
        list(PEOPLE[1].values()),
        list(PEOPLE[2].values()),
    ]
    assert response["Content-Disposition"] == 'attachment; filename="french-others.csv"'


def test_nothing_in_the_file_is_a_formula_and_phone_numbers_stay_readable(page: Client) -> None:
    cells = ["=1+1", "@SUM(A1)", "+33 6 12 34", "-5.5", "-2+3+cmd|' /C calc'!A0", "\tx", "＝1"]
    source = make_source([{"id": str(at), "value": cell} for at, cell in enumerate(cells)])
    segment = make_segment(source)

    rows = file_of(page.get(reverse(CSV, args=[segment.pk])))

    values = [row[1] for row in rows[1:]]
    assert values[2:4] == ["+33 6 12 34", "-5.5"]
    assert all(value.startswith("'") for value in values[:2] + values[4:])


def test_where_the_comma_is_in_numbers_semicolons_part_the_columns(
    page: Client, people: Source
) -> None:
    segment = make_segment(people)

    response = page.get(reverse(CSV, args=[segment.pk]), headers={"Accept-Language": "fr"})

    assert file_of(response, ";")[0] == list(PEOPLE[0])


def test_the_trail_knows_who_downloaded_how_many(
    page: Client, contributor: User, people: Source
) -> None:
    segment = make_segment(people, name="French", rule=rule("all", FRENCH))

    file_of(page.get(reverse(CSV, args=[segment.pk])))

    entry = LogEntry.objects.get_for_object(segment).get(action=LogEntry.Action.ACCESS)
    [event] = describe_entries([entry])
    assert (event.who, event.action, event.name) == (
        str(contributor), "Members downloaded: 2", "French"
    )  # fmt: skip


def test_before_the_first_refresh_there_is_nothing_to_download(
    page: Client, people: Source
) -> None:
    segment = make_segment(people, refreshed=False)

    shown = page.get(reverse(CSV, args=[segment.pk]), follow=True)

    assert "There is nothing to download: refresh the segment first." in text_of(shown)
    trail = LogEntry.objects.get_for_object(segment)
    assert not trail.filter(action=LogEntry.Action.ACCESS).exists()


# Tags, kinds, duplicates


def test_tags_are_edited_as_one_text_and_kept_once(page: Client, people: Source) -> None:
    segment = make_segment(people)
    segment.tags.add(Tag.objects.create(name="old"))

    page.post(reverse("segments:tags", args=[segment.pk]), {"tags": "News, vip , NEWS,, "})

    assert sorted(segment.tags.values_list("name", flat=True)) == ["News", "vip"]
    assert not Tag.objects.filter(name="old").exists()


def test_too_long_a_tag_is_refused_at_its_field(page: Client, people: Source) -> None:
    segment = make_segment(people)
    address = reverse("segments:tags", args=[segment.pk])

    response = page.post(address, {"tags": f"fine, {'x' * 41}"})

    assert "a tag has at most 40 characters" in text_of(response)
    assert "fine, " in text_of(response)
    assert not Tag.objects.exists()


def test_tags_that_others_have_are_suggested(page: Client, people: Source) -> None:
    segment, other = make_segment(people), make_segment(people)
    segment.tags.add(Tag.objects.create(name="mine"))
    other.tags.add(Tag.objects.create(name="theirs"))

    shown = text_of(page.get(reverse("segments:tags", args=[segment.pk])))

    assert '<option value="mine, theirs">' in shown


def test_a_static_segment_is_made_so_and_dynamic_again(page: Client, people: Source) -> None:
    segment = make_segment(people)

    page.post(reverse("segments:make_static", args=[segment.pk]))
    static = Segment.objects.get().kind
    shown = page.post(reverse("segments:make_dynamic", args=[segment.pk]), follow=True)

    assert static == "static"
    assert Segment.objects.get().kind == "dynamic"
    assert "every refresh evaluates it" in text_of(shown)


def test_a_duplicate_is_a_filled_in_builder_and_nothing_until_it_is_saved(
    page: Client, people: Source
) -> None:
    segment = make_segment(people, name="French", rule=rule("all", FRENCH), kind="static")
    address = f"{reverse('segments:add')}?copy={segment.pk}"

    shown = text_of(page.get(address))

    assert 'value="French (copy)"' in shown
    assert 'value="France"' in shown
    assert Segment.objects.count() == 1


def test_a_duplicate_of_nothing_is_not_found(page: Client, people: Source) -> None:
    assert page.get(f"{reverse('segments:add')}?copy=999").status_code == 404


def test_the_detail_names_and_leads_to_what_uses_the_segment(page: Client, people: Source) -> None:
    segment = make_segment(people)
    export = make_export([segment], name="Newsletter")

    shown = text_of(page.get(reverse(DETAIL, args=[segment.pk])))

    assert f'<a href="{reverse("exports:detail", args=[export.pk])}">Newsletter</a>' in shown
    assert reverse("exports:of_segment", args=[segment.pk]) in shown


def test_the_detail_takes_as_many_queries_for_much_as_for_little(
    page: Client, people: Source, django_assert_num_queries: Callable[..., Any]
) -> None:
    segment = make_segment(people)

    def grow() -> None:
        make_export([segment])
        segment.tags.add(Tag.objects.create(name=f"tag {Tag.objects.count()}"))
        refresh_segment(segment=segment, now=timezone.now())

    grow()
    with django_assert_num_queries(9):
        page.get(reverse(DETAIL, args=[segment.pk]))
    grow()
    grow()
    with django_assert_num_queries(9):
        page.get(reverse(DETAIL, args=[segment.pk]))


def test_segments_whose_rules_name_it_are_named_before_it_is_deleted(
    page: Client, people: Source
) -> None:
    french = make_segment(people, name="French")
    make_segment(people, name="Rich", rule=rule("all", {"operator": "in", "segment": french.pk}))

    detail = text_of(page.get(reverse(DETAIL, args=[french.pk])))
    question = text_of(page.get(reverse("segments:delete", args=[french.pk])))
    several = page.post(reverse("segments:bulk"), {"segment": [french.pk], "do": "delete"})

    assert "Named in the rules of" in detail
    assert "<li>Rich</li>" in question
    assert "Segments whose rule names it: Rich" in text_of(several)
