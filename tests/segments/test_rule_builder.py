"""The builder's page: segments in rules, hints from the data, rules as text."""

from __future__ import annotations

import json
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from accounts.models import User
from segments.models import Segment, Source
from tests.factories import make_segment, make_source

pytestmark = pytest.mark.django_db
COLUMNS = [
    {"name": "id", "type": "text", "format": ""},
    {"name": "email", "type": "email", "format": ""},
    {"name": "spent", "type": "number", "format": ""},
    {"name": "born", "type": "date", "format": ""},
]
PEOPLE = [
    {"id": "1", "email": "a@shop.example", "spent": "10", "born": "1980-05-01"},
    {"id": "2", "email": "b@SHOP.example ", "spent": "2000.5", "born": "1990-05-01"},
    {"id": "3", "email": "c@other.example", "spent": "", "born": ""},
]
FRENCH = {"version": 1, "match": "all", "conditions": []}


@pytest.fixture
def page(client: Client, contributor: User) -> Client:
    client.force_login(contributor)
    return client


@pytest.fixture
def people() -> Source:
    return make_source(PEOPLE, name="People", columns=COLUMNS, key_column="id")


def post(page: Client, source: Source, do: str, address: str = "", **fields: Any) -> str:
    basics = {"name": "New", "source": source.pk, "kind": "dynamic", "is_active": "on"}
    data = {**basics, "do": do, "rule-match": "all", **fields}
    response = page.post(address or reverse("segments:add"), data, follow=True)
    return unescape(response.content.decode())


def row(column: str, operator: str = "", at: int = 0, **fields: Any) -> dict[str, Any]:
    named = {f"rule-{at}-{name}": value for name, value in fields.items()}
    return {f"rule-{at}-column": column, f"rule-{at}-operator": operator, **named}


def test_a_segment_is_built_on_another_one(page: Client, people: Source) -> None:
    inner = make_segment(people, name="Inner")

    offered = post(page, people, "update", **row("__segment"))
    post(page, people, "save", **row("__segment", "not_in", segment=inner.pk))

    assert f'<option value="{inner.pk}">Inner</option>' in offered
    segment = Segment.objects.get(name="New")
    assert segment.rule["conditions"] == [{"segment": inner.pk, "operator": "not_in"}]
    assert segment.snapshot is not None
    assert segment.snapshot.members == 0


def test_a_segment_in_its_own_rule_is_refused_and_marked(page: Client, people: Source) -> None:
    inner = make_segment(people, name="Inner")
    member = {"segment": inner.pk, "operator": "in"}
    outer = make_segment(people, name="Outer", rule={**FRENCH, "conditions": [member]})
    address = reverse("segments:edit", args=[inner.pk])

    shown = post(
        page,
        people,
        "save",
        address,
        version=inner.version,
        **row("__segment", "in", segment=outer.pk),
    )

    assert "Segments can’t be built on one another in a circle: Inner → Outer → Inner." in shown
    assert 'id="rule-0-error"' in shown
    inner.refresh_from_db()
    assert inner.rule["conditions"] == []


def test_a_segment_has_to_be_chosen(page: Client, people: Source) -> None:
    make_segment(people)

    shown = post(page, people, "save", **row("__segment", "in", segment=""))

    assert "Choose a segment." in shown


def test_domains_are_suggested_and_compared(page: Client, people: Source) -> None:
    shown = post(page, people, "update", **row("email", "domain_is"))
    counted = post(page, people, "count", **row("email", "domain_is", value="Shop.Example"))

    assert '<option value="shop.example">' in shown
    assert "<strong>2</strong> of 3 profiles" in counted


def test_addresses_are_never_suggested(page: Client, people: Source) -> None:
    shown = post(page, people, "update", **row("email", "equals"))

    assert "datalist" not in shown


def day(year: int) -> str:
    with translation.override("en"):
        return date_format(date(year, 5, 1))


@pytest.mark.parametrize(
    ("column", "operator", "said"),
    [
        ("spent", "greater", "In the data: from 10 to 2000.5."),
        ("born", "before", f"In the data: from {day(1980)} to {day(1990)}."),
    ],
)
def test_what_the_data_hold_is_said(
    page: Client, people: Source, column: str, operator: str, said: str
) -> None:
    assert said in post(page, people, "update", **row(column, operator))


def test_days_are_whole_numbers(page: Client, people: Source) -> None:
    shown = post(page, people, "save", **row("born", "last_days", value="1.5"))

    assert "“1.5” is not a number of days. Write a whole number from 1 to 36500." in shown


def test_a_rule_is_copied_as_text_and_pasted(page: Client, people: Source) -> None:
    inner = make_segment(people, name="Inner")
    fields = {**row("spent", "between", low="1", high="20"), "rule-1-match": "any"}
    fields |= {"rule-1-0-column": "__segment", "rule-1-0-operator": "in"}
    shown = post(page, people, "update", **fields, **{"rule-1-0-segment": inner.pk})
    text = shown.split('spellcheck="false">', 1)[1].split("</textarea>", 1)[0]

    pasted = post(page, people, "paste", rule_text=text)

    assert json.loads(text)["conditions"][1]["conditions"] == [
        {"segment": inner.pk, "operator": "in", "name": "Inner"}
    ]
    assert 'name="rule-0-high" value="20"' in pasted
    assert f'<option value="{inner.pk}" selected>Inner</option>' in pasted


def test_a_segment_in_a_pasted_rule_is_found_by_its_name(page: Client, people: Source) -> None:
    here = make_segment(people, name="Loyal")
    member = {"segment": 999_999, "name": "Loyal", "operator": "in"}

    pasted = post(page, people, "paste", rule_text=json.dumps({**FRENCH, "conditions": [member]}))

    assert f'<option value="{here.pk}" selected>Loyal</option>' in pasted


def test_what_of_a_pasted_rule_does_not_fit_is_marked(page: Client, people: Source) -> None:
    condition = {"column": "plan", "operator": "equals", "value": "gold"}

    pasted = post(
        page, people, "paste", rule_text=json.dumps({**FRENCH, "conditions": [condition]})
    )

    assert "The source has no column “plan”." in pasted
    assert '<option value="plan" selected>plan</option>' in pasted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "Paste the text of a rule first."),
        ('{"version": 1,\n"match" "all"}', "can’t be read from line 2, character 9 on."),
        ("[]", "The text is not that of a rule."),
        ('{"version": 2, "conditions": []}', "This version of Facteur can’t read the rule."),
        (
            '{"version": 1, "match": "all", "conditions": [{"match": "any", "conditions": [7]}]}',
            "Part 1.1 of the text is neither a condition nor a group.",
        ),
    ],
)
def test_a_bad_text_is_refused_and_stays(
    page: Client, people: Source, text: str, said: str
) -> None:
    shown = post(page, people, "paste", rule_text=text, **row("spent", "greater", value="5"))

    assert said in shown
    assert text.strip() in shown
    assert 'name="rule-0-value" value="5"' in shown
