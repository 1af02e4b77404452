"""Pages of segments: the builder with and without script, the list, the commands."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.models import Segment, Source
from tests.factories import make_segment, make_source

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PEOPLE = [
    {"id": "1", "country": "Brazil", "spent": "10", "born": "1980-05-01"},
    {"id": "2", "country": "France", "spent": "20", "born": "1990-05-01"},
    {"id": "3", "country": "France", "spent": "30", "born": ""},
]


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def people(db: None) -> Source:
    return make_source(PEOPLE, name="People")


def form(source: Source, do: str = "save", **fields: Any) -> dict[str, Any]:
    basics = {"name": "French", "source": source.pk, "kind": "dynamic", "is_active": "on"}
    return {**basics, "do": do, "rule-match": "all", **fields}


def country(operator: str = "equals", value: str = "france") -> dict[str, str]:
    return {
        "rule-0-column": "country",
        "rule-0-operator": operator,
        "rule-0-value": value,
    }


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_saved_segment_has_its_members_at_once(page: Client, people: Source) -> None:
    response = page.post(reverse("segments:add"), form(people, **country()), follow=True)

    segment = Segment.objects.get()
    assert segment.snapshot is not None
    assert segment.snapshot.members == 2
    assert "country is “france”" in text_of(response)


def test_a_nested_rule_is_stored_as_it_was_built(page: Client, people: Source) -> None:
    nested = {
        "rule-3-match": "any",
        "rule-3-0-column": "spent",
        "rule-3-0-operator": "between",
        "rule-3-0-low": "15",
        "rule-3-0-high": "25",
        "rule-3-1-column": "country",
        "rule-3-1-operator": "one_of",
        "rule-3-1-pick": ["France"],
        "rule-3-1-others": "Brazil, Chile",
    }

    page.post(reverse("segments:add"), form(people, **country("not_empty", ""), **nested))

    assert Segment.objects.get().rule == {
        "version": 1,
        "match": "all",
        "conditions": [
            {"column": "country", "operator": "not_empty", "value": ""},
            {
                "match": "any",
                "conditions": [
                    {"column": "spent", "operator": "between", "value": ["15", "25"]},
                    {
                        "column": "country",
                        "operator": "one_of",
                        "value": ["France", "Brazil", "Chile"],
                    },
                ],
            },
        ],
    }


def test_every_button_draws_the_form_anew_and_loses_nothing(page: Client, people: Source) -> None:
    response = page.post(
        reverse("segments:add"), form(people, "add_condition:", **country(value="Fr<>"))
    )

    shown = text_of(response)
    assert 'value="French"' in shown
    assert 'value="Fr&lt;&gt;"' in shown
    assert 'name="rule-1-column"' in shown
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("do", "present", "absent"),
    [
        ("add_group:", "rule-2-0-column", "rule-3-match"),
        ("add_condition:1", "rule-1-1-column", "rule-2-column"),
        ("add_group:1", "rule-1-1-0-column", "rule-2-match"),
        ("remove:1-0", "rule-1-match", "rule-1-0-column"),
        ("remove:1", "rule-0-column", "rule-1-match"),
        ("remove:0", "rule-0-match", "rule-1-match"),
        ("remove:7-7", "rule-1-0-column", "rule-2-column"),
        ("nonsense", "rule-1-0-column", "rule-2-column"),
        ("update", "rule-1-0-column", "rule-2-column"),
    ],
)
def test_buttons_change_the_part_they_stand_at(
    page: Client, people: Source, do: str, present: str, absent: str
) -> None:
    group = {"rule-1-match": "any", "rule-1-0-column": "spent"}

    shown = text_of(page.post(reverse("segments:add"), form(people, do, **country(), **group)))

    assert f'name="{present}"' in shown
    assert f'name="{absent}"' not in shown


def test_htmx_gets_the_rule_alone(page: Client, people: Source) -> None:
    response = page.post(reverse("segments:add"), form(people, "add_condition:"), headers=HTMX)

    assert text_of(response).lstrip().startswith('<section id="rule"')


def test_a_column_offers_the_comparisons_of_its_type(page: Client, people: Source) -> None:
    dated = {"rule-0-column": "born", "rule-0-operator": "contains"}

    shown = text_of(page.post(reverse("segments:add"), form(people, "update", **dated)))

    assert 'value="before"' in shown
    assert 'value="contains"' not in shown
    assert 'type="date"' in shown


def test_frequent_values_are_suggested_and_ticked(page: Client, people: Source) -> None:
    fields = {"rule-0-column": "country", "rule-0-operator": "one_of", "rule-0-pick": "France"}

    shown = text_of(page.post(reverse("segments:add"), form(people, "update", **fields)))

    assert 'value="France" checked' in shown


def test_members_are_counted_before_anything_is_saved(page: Client, people: Source) -> None:
    response = page.post(reverse("segments:add"), form(people, "count", **country()), headers=HTMX)

    shown = text_of(response)
    assert "<strong>2</strong> of 3 profiles satisfy the rule." in shown
    assert "<td>1990-05-01</td>" in shown
    assert not Segment.objects.exists()


def test_an_unfinished_rule_is_not_counted_and_says_why(page: Client, people: Source) -> None:
    unfinished = form(people, "count", **country(value=""))

    shown = text_of(page.post(reverse("segments:add"), unfinished))

    assert "The count appears when the rule is complete." in shown
    assert "Enter a value for “country”." in shown


def test_a_wrong_condition_is_marked_and_nothing_is_saved(page: Client, people: Source) -> None:
    wrong = {"rule-0-column": "spent", "rule-0-operator": "greater", "rule-0-value": "much"}

    shown = text_of(page.post(reverse("segments:add"), form(people, **wrong)))

    assert "“much” is not a number." in shown
    assert 'id="rule-0-error"' in shown
    assert 'value="much"' in shown
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("language", "typed", "stored"),
    [("fr", "1 234,5", "1234.5"), ("fr", "1234.5", "1234.5"), ("en", "1234.5", "1234.5")],
)
def test_numbers_are_written_as_the_language_of_the_reader_does(
    page: Client, people: Source, language: str, typed: str, stored: str
) -> None:
    condition = {"rule-0-column": "spent", "rule-0-operator": "greater", "rule-0-value": typed}
    headers = {"Accept-Language": language}

    page.post(reverse("segments:add"), form(people, **condition), headers=headers)

    segment = Segment.objects.get()
    assert segment.rule["conditions"][0]["value"] == stored
    shown = text_of(page.get(reverse("segments:edit", args=[segment.pk]), headers=headers))
    assert f'value="{stored.replace(".", "," if language == "fr" else ".")}"' in shown


def test_a_comma_is_no_decimal_point_in_english(page: Client, people: Source) -> None:
    condition = {"rule-0-column": "spent", "rule-0-operator": "greater", "rule-0-value": "12,5"}

    response = page.post(
        reverse("segments:add"), form(people, **condition), headers={"Accept-Language": "en"}
    )

    assert "“12,5” is not a number." in text_of(response)
    assert not Segment.objects.exists()


def test_a_name_is_given_once(page: Client, people: Source) -> None:
    make_segment(people, name="French")

    response = page.post(reverse("segments:add"), form(people))

    assert "Another segment has this name. Choose another one." in text_of(response)


def test_without_a_source_the_page_leads_to_one(page: Client) -> None:
    assert reverse("segments:add_source") in text_of(page.get(reverse("segments:add")))


def test_what_somebody_else_saved_is_not_overwritten_unseen(page: Client, people: Source) -> None:
    segment = make_segment(people, name="Before")
    stale = form(people, version=segment.version)
    Segment.objects.update(version=segment.version + 1, name="Theirs")

    response = page.post(reverse("segments:edit", args=[segment.pk]), stale)

    assert "Changed in the meantime" in text_of(response)
    assert Segment.objects.get().name == "Theirs"
    page.post(
        reverse("segments:edit", args=[segment.pk]),
        {**stale, "version": response.context["form"]["version"].value()},
    )
    assert Segment.objects.get().name == "French"


def test_the_detail_shows_why_the_last_refresh_failed(page: Client, people: Source) -> None:
    segment = make_segment(people)
    rule = {"version": 1, "match": "all", "conditions": [{"column": "x", "operator": "empty"}]}
    Segment.objects.update(rule=rule)

    response = page.post(reverse("segments:refresh", args=[segment.pk]), follow=True)

    assert "The last refresh failed" in text_of(response)
    assert "The source has no column “x”." in text_of(response)


def test_an_inactive_segment_keeps_its_members_until_it_is_activated(
    page: Client, people: Source
) -> None:
    segment = make_segment(people)

    page.post(reverse("segments:deactivate", args=[segment.pk]))
    inactive = Segment.objects.get()
    page.post(reverse("segments:activate", args=[segment.pk]))
    active = Segment.objects.get()

    assert (inactive.is_active, active.is_active) == (False, True)
    assert inactive.snapshot == segment.snapshot
    assert active.snapshot != segment.snapshot


def test_a_segment_is_deleted_after_a_question(page: Client, people: Source) -> None:
    segment = make_segment(people)
    address = reverse("segments:delete", args=[segment.pk])

    question = page.get(address)
    page.post(address)

    assert "No export uses it." in text_of(question)
    assert not Segment.objects.exists()


def test_viewers_look_and_do_not_touch(client: Client, viewer: User, people: Source) -> None:
    segment = make_segment(people)
    client.force_login(viewer)

    assert client.get(reverse("segments:list")).status_code == 200
    shown = client.get(reverse("segments:detail", args=[segment.pk]))
    assert reverse("segments:edit", args=[segment.pk]) not in text_of(shown)
    for name in ("edit", "refresh", "activate", "deactivate", "delete"):
        address = reverse(f"segments:{name}", args=[segment.pk])
        assert client.post(address).status_code == 403, name
    assert client.post(reverse("segments:add")).status_code == 403
