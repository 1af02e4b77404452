"""The list of segments: found, filtered, sorted, and changed several at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Refresh, Segment, Source, Tag
from segments.refreshes.advancing import advance
from segments.refreshes.starting import start_refresh
from tests.factories import NOW, make_export, make_segment, make_source

pytestmark = pytest.mark.django_db
LIST, BULK = "segments:list", "segments:bulk"
GONE = {"version": 1, "match": "all", "conditions": [{"column": "gone", "operator": "empty"}]}


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def people(db: None) -> Source:
    return make_source(name="People")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def names_on(response: Any) -> list[str]:
    return [segment.name for segment in response.context["page"]]


def tagged(segment: Segment, *names: str) -> Segment:
    segment.tags.set(Tag.objects.get_or_create(name=name)[0] for name in names)
    return segment


def chosen(*segments: Segment, do: str, **fields: str) -> dict[str, Any]:
    return {"segment": [segment.pk for segment in segments], "do": do, **fields}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "fren"}, ["French"]),
        ({"q": "VIP"}, ["Brazilian"]),
        ({"q": "e"}, ["Everybody", "French"]),
        ({"tag": "vip"}, ["Brazilian"]),
        ({"tag": "vi"}, ["Brazilian", "Everybody", "French"]),
        ({"kind": "static"}, ["French"]),
        ({"state": "inactive"}, ["Everybody"]),
        ({"state": "active", "kind": "dynamic"}, ["Brazilian"]),
        ({"kind": "\0", "state": "?", "sort": "name; --"}, ["Brazilian", "Everybody", "French"]),
    ],
)
def test_the_list_is_narrowed_by_name_tag_type_and_state(
    page: Client, people: Source, asked: dict[str, str], found: list[str]
) -> None:
    tagged(make_segment(people, name="Brazilian"), "vip")
    make_segment(people, name="French", kind="static")
    make_segment(people, name="Everybody", is_active=False)

    shown = page.get(reverse(LIST), asked)

    assert names_on(shown) == found


def test_a_search_without_a_find_leads_back_to_all(page: Client, people: Source) -> None:
    make_segment(people)

    shown = text_of(page.get(reverse(LIST), {"q": "nobody"}))

    assert "No segment fits" in shown
    assert "Show everything" in shown


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["apples", "Bears", "Cats"]),
        ("-name", ["Cats", "Bears", "apples"]),
        ("kind", ["apples", "Cats", "Bears"]),
        ("-state", ["apples", "Bears", "Cats"]),
        ("status", ["Cats", "apples", "Bears"]),
        ("members", ["Bears", "apples", "Cats"]),
        ("-refreshed", ["apples", "Bears", "Cats"]),
        ("-exports", ["Bears", "apples", "Cats"]),
    ],
)
def test_the_list_is_sorted_by_each_column(
    page: Client, people: Source, sort: str, names: list[str]
) -> None:
    apples = make_segment(people, name="apples")
    apples.snapshot.created_at += timedelta(days=1)
    apples.snapshot.save()
    one = make_source([{"id": "1", "email": "ana@example.com"}])
    bears = make_segment(one, name="Bears", kind="static")
    make_segment(
        people, name="Cats", refreshed=False, is_active=False, problem={"code": "segment_inactive"}
    )
    make_export([bears])

    shown = page.get(reverse(LIST), {"sort": sort})

    assert names_on(shown) == names


def test_by_status_what_needs_somebody_comes_first(page: Client, people: Source) -> None:
    make_segment(people, name="fine")
    failed = make_segment(people, name="failed", rule=GONE, refreshed=False)
    inactive = make_segment(people, name="skipped", is_active=False)
    make_segment(people, name="new", refreshed=False)
    page.post(reverse(BULK), chosen(failed, inactive, do="refresh"))
    advance(Refresh.objects.get())
    page.post(reverse(BULK), chosen(make_segment(people, name="queued"), do="refresh"))

    shown = page.get(reverse(LIST), {"sort": "status"})

    assert names_on(shown) == ["failed", "skipped", "queued", "new", "fine"]
    statuses = [segment.standing.status for segment in shown.context["page"]]
    assert statuses == ["failed", "skipped", "queued", "not_started", "successful"]


def test_a_refresh_of_chosen_segments_is_in_nobodys_way(page: Client, people: Source) -> None:
    page.post(reverse(BULK), chosen(make_segment(people), do="refresh"))

    everything = start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=NOW)

    assert everything in Refresh.objects.of_the_system()


def test_what_is_being_refreshed_says_so(page: Client, people: Source) -> None:
    waiting = make_segment(people)

    page.post(reverse(BULK), chosen(waiting, do="refresh"))

    [shown] = page.get(reverse(LIST)).context["page"]
    assert shown.standing.status == "queued"


def test_htmx_is_given_the_table_alone(page: Client, people: Source) -> None:
    make_segment(people, name="French")

    shown = text_of(
        page.get(reverse(LIST), headers={"HX-Request": "true", "HX-Target": "segments"})
    )

    assert "French" in shown
    assert "<html" not in shown


def test_a_page_of_the_list_has_twenty_five_segments(page: Client, people: Source) -> None:
    Segment.objects.bulk_create(Segment(name=f"S{at:02}", source=people) for at in range(26))

    first, second = page.get(reverse(LIST)), page.get(reverse(LIST), {"page": 2})

    assert len(names_on(first)) == 25
    assert names_on(second) == ["S25"]


def test_the_list_takes_as_many_queries_for_many_segments_as_for_one(
    page: Client, people: Source, django_assert_num_queries: Callable[..., Any]
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            make_export([tagged(make_segment(people), "vip", "news")])

    fill(1)
    with django_assert_num_queries(8):
        page.get(reverse(LIST))
    fill(3)
    with django_assert_num_queries(8):
        page.get(reverse(LIST))


def test_many_are_refreshed_by_the_worker_and_not_by_the_page(page: Client, people: Source) -> None:
    first, second = make_segment(people, refreshed=False), make_segment(people, refreshed=False)
    other = make_segment(people, refreshed=False)

    shown = page.post(reverse(BULK), chosen(first, second, do="refresh"), follow=True)

    assert "The refresh of 2 segments is queued." in text_of(shown)
    assert not Segment.objects.exclude(snapshot=None).exists()
    advance(Refresh.objects.get())
    assert set(Segment.objects.filter(snapshot=None)) == {other}


def test_no_export_follows_a_refresh_of_chosen_segments(page: Client, people: Source) -> None:
    page.post(reverse(BULK), chosen(make_segment(people), do="refresh"))

    assert Refresh.objects.exists()
    assert not Refresh.objects.of_the_system().exists()


def test_activating_many_counts_those_that_were_not_and_queues_their_refresh(
    page: Client, people: Source
) -> None:
    active, inactive = make_segment(people), make_segment(people, is_active=False)

    shown = page.post(reverse(BULK), chosen(active, inactive, do="activate"), follow=True)

    assert "1 segment was activated; its refresh is queued." in text_of(shown)
    assert not Segment.objects.filter(is_active=False).exists()
    [task] = Refresh.objects.get().tasks.all()
    assert task.segment == inactive


@pytest.mark.parametrize(
    ("do", "field", "value"),
    [
        ("deactivate", "is_active", False),
        ("make_static", "kind", "static"),
        ("make_dynamic", "kind", "dynamic"),
    ],
)
def test_many_are_switched_at_once_and_others_stay(
    page: Client, people: Source, do: str, field: str, value: object
) -> None:
    kind = "static" if do == "make_dynamic" else "dynamic"
    first, second = make_segment(people, kind=kind), make_segment(people, kind=kind)
    other = make_segment(people, kind=kind)

    page.post(reverse(BULK), chosen(first, second, do=do, confirmed="yes"))

    changed = Segment.objects.filter(pk__in=[first.pk, second.pk])
    assert {getattr(segment, field) for segment in changed} == {value}
    assert getattr(Segment.objects.get(pk=other.pk), field) != value
    assert {segment.snapshot_id for segment in changed} == {first.snapshot_id, second.snapshot_id}


def test_tags_are_added_to_many_and_written_as_they_were_the_first_time(
    page: Client, people: Source
) -> None:
    first, second = tagged(make_segment(people), "VIP"), make_segment(people)

    page.post(reverse(BULK), chosen(first, second, do="add_tags", tags=" vip,  new  ones ,"))

    assert {tag.name for tag in first.tags.all()} == {"VIP", "new ones"}
    assert {tag.name for tag in second.tags.all()} == {"VIP", "new ones"}


def test_a_tag_that_nothing_has_any_more_is_gone(page: Client, people: Source) -> None:
    first, second = make_segment(people), make_segment(people)
    tagged(first, "old", "news")
    tagged(second, "news")

    page.post(reverse(BULK), chosen(first, do="remove_tags", tags="OLD, news", confirmed="yes"))

    assert list(Tag.objects.values_list("name", flat=True)) == ["news"]
    assert not first.tags.exists()


def test_a_deleted_segment_takes_the_tags_along_that_only_it_had(
    page: Client, people: Source
) -> None:
    gone, kept = tagged(make_segment(people), "own", "news"), tagged(make_segment(people), "news")

    page.post(reverse("segments:delete", args=[gone.pk]))

    assert list(Tag.objects.values_list("name", flat=True)) == ["news"]
    assert list(Segment.objects.all()) == [kept]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ("", "enter a tag"),
        ("x" * 41, "a tag has at most 40 characters"),
        (",".join(map(str, range(21))), "at most 20 tags"),
        (",".join(map(str, range(20))), "would have more than 20 tags; nothing was changed"),
    ],
)
def test_tags_that_do_not_fit_change_nothing(
    page: Client, people: Source, tags: str, why: str
) -> None:
    first, second = make_segment(people, name="A"), tagged(make_segment(people, name="B"), "own")

    shown = page.post(reverse(BULK), chosen(first, second, do="add_tags", tags=tags), follow=True)

    assert why in text_of(shown)
    assert list(Tag.objects.values_list("name", flat=True)) == ["own"]
    assert not first.tags.exists()


def test_before_many_are_deleted_the_exports_that_use_them_are_named(
    page: Client, people: Source
) -> None:
    first, second = make_segment(people), make_segment(people)
    kept = make_segment(people)
    export = make_export([first, kept], name="Newsletter")

    question = page.post(reverse(BULK), chosen(first, second, do="delete"))
    asked = Segment.objects.count()
    page.post(reverse(BULK), chosen(first, second, do="delete", confirmed="yes"))

    assert "Delete 2 segments?" in text_of(question)
    assert "Newsletter" in text_of(question)
    assert asked == 3
    assert list(Segment.objects.all()) == [kept]
    assert list(export.segments.all()) == [kept]


@pytest.mark.parametrize(
    ("do", "question", "consequence"),
    [
        ("deactivate", "Deactivate 1 segment?", "Exports go on with their last members."),
        ("make_static", "Make 1 segment static?", "refreshed only when somebody says so"),
        ("remove_tags", "Remove tags from 1 segment?", "These tags are removed: own."),
    ],
)
def test_before_something_is_taken_from_many_it_is_said_what_will_happen(
    page: Client, people: Source, do: str, question: str, consequence: str
) -> None:
    segment = tagged(make_segment(people), "own")

    shown = text_of(page.post(reverse(BULK), chosen(segment, do=do, tags="own")))

    kept = Segment.objects.get()
    assert question in shown
    assert consequence in shown
    assert (kept.is_active, kept.kind, kept.tags.count()) == (True, "dynamic", 1)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"do": "refresh"}, "tick the segments first"),
        ({"do": "refresh", "segment": ["x", "9" * 30, "-1", "0"]}, "tick the segments first"),
        ({"do": "explode"}, "choose what to do"),
        ({}, "choose what to do"),
    ],
)
def test_what_can_not_be_meant_changes_nothing(
    page: Client, people: Source, fields: dict[str, Any], why: str
) -> None:
    segment = make_segment(people)
    sent = {"segment": [segment.pk], **fields} if "refresh" not in fields.values() else fields

    shown = page.post(reverse(BULK), sent, follow=True)

    assert why in text_of(shown)
    assert not Refresh.objects.exists()


def test_after_a_change_the_list_is_as_it_was_asked_for(page: Client, people: Source) -> None:
    segment = make_segment(people)

    answer = page.post(reverse(BULK), chosen(segment, do="refresh", asked="q=a&sort=-members"))

    assert answer.url == f"{reverse(LIST)}?q=a&sort=-members"


def test_each_segment_can_be_ticked_and_names_itself(page: Client, people: Source) -> None:
    make_segment(people, name="French & others")

    shown = text_of(page.get(reverse(LIST)))

    assert re.search(r'<input type="checkbox" name="segment"[^>]*form="bulk"', shown)
    assert 'aria-label="Choose French &amp; others"' in shown


def test_viewers_are_offered_nothing_to_tick(client: Client, viewer: User, people: Source) -> None:
    make_segment(people)
    client.force_login(viewer)

    shown = text_of(client.get(reverse(LIST)))

    assert 'name="segment"' not in shown
    assert reverse(BULK) not in shown
    assert "Commands for" not in shown
