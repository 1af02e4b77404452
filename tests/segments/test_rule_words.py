"""Rules in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import translation
from django.utils.formats import date_format

from segments.columns import Column
from segments.rules.words import describe_rule

COLUMNS: list[Column] = [
    {"name": "country", "type": "text", "format": ""},
    {"name": "spent", "type": "number", "format": ""},
    {"name": "born", "type": "date", "format": ""},
    {"name": "news", "type": "yes_no", "format": ""},
    {"name": "email", "type": "email", "format": ""},
]


def words(*conditions: Any, match: str = "all") -> str:
    data = {"version": 1, "match": match, "conditions": list(conditions)}
    with translation.override("en"):
        return describe_rule(data, COLUMNS)


def condition(column: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"column": column, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (condition("country", "equals", "France"), "country is “France”"),
        (
            condition("country", "one_of", ["France", "Canada", "Brazil"]),
            "country is one of “France”, “Canada” or “Brazil”",
        ),
        (condition("spent", "between", ["1", "2"]), "spent is between 1 and 2"),
        (condition("news", "is_yes"), "news is yes"),
        (condition("country", "empty"), "country is empty"),
        (condition("email", "domain_is", "a.com"), "the domain of email is “a.com”"),
        (condition("born", "today"), "born is today"),
        (condition("born", "last_days", "1"), "born is in the last 1 day"),
        (condition("born", "last_days", "30"), "born is in the last 30 days"),
        (condition("born", "next_days", "7"), "born is in the next 7 days"),
        (condition("born", "days_ago", "365"), "born is more than 365 days ago"),
        (condition("born", "anniversary_week"), "the anniversary of born is this week"),
        (
            condition("born", "anniversary_days", "14"),
            "the anniversary of born is in the next 14 days",
        ),
        (condition("gone", "empty"), "The rule no longer fits its source."),
    ],
)
def test_a_condition_is_said(given: dict[str, Any], said: str) -> None:
    assert words(given) == said


def test_a_date_is_said_as_dates_are_here() -> None:
    with translation.override("en"):
        day = date_format(date(2000, 12, 31))

    assert words(condition("born", "before", "2000-12-31")) == f"born is before {day}"


def test_a_number_is_said_as_numbers_are_here() -> None:
    rule = {"version": 1, "match": "all", "conditions": [condition("spent", "greater", "2.5")]}

    assert words(condition("spent", "greater", "2.5")) == "spent > 2.5"
    with translation.override("fr"):
        assert describe_rule(rule, COLUMNS) == "spent > 2,5"


def test_a_group_of_one_needs_no_brackets() -> None:
    assert words({"match": "any", "conditions": [condition("news", "is_no")]}) == "news is no"


def test_groups_are_said_in_brackets() -> None:
    inner = {"match": "any", "conditions": [condition("news", "is_no"), condition("born", "empty")]}

    said = words(condition("spent", "greater", "5"), inner)

    assert said == "spent > 5 and (news is no or born is empty)"


def test_no_condition_is_everybody() -> None:
    assert words() == "Everybody in the source."


def test_a_long_list_is_summed_up() -> None:
    said = words(condition("country", "one_of", [f"c{n}" for n in range(30)]))

    assert said.endswith("“c8” or 21 others")
