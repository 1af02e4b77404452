"""Rules that nobody would write: each is accepted, or refused in words that can be shown."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from segments.forms.rule import as_drawable
from segments.models import Segment, Source
from segments.problems import describe_problem
from segments.rules.text import BadText, read_text, write_text
from segments.rules.tree import InvalidRule, columns_of, segments_of
from segments.rules.words import describe_rule
from segments.snapshots import NotRefreshed, count_members
from tests.factories import make_segment, make_source

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
COUNT = 200
COLUMNS = [
    {"name": "id", "type": "text", "format": ""},
    {"name": "email", "type": "email", "format": ""},
    {"name": "spent", "type": "number", "format": "comma"},
    {"name": "born", "type": "date", "format": "dmy"},
    {"name": "news", "type": "consent", "format": ""},
]
PEOPLE = [
    {"id": "1", "email": "a@b.example", "spent": "1,5", "born": "29/02/2000", "news": "yes"},
    {"id": "2", "email": "", "spent": "x", "born": "2000-13-01", "news": ""},
]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 7, 10**30, 1.5, 1e308, float("inf"), "", " ", "x", "in", "all"),
    *("\0", "\ud800", "'; DROP TABLE x; --", '"', "{x}", "?", "%(column)s", "x" * 1001, "٣"),
    *("2024-02-30", "9999-12-31", "0000-00-00", "36500", "99999", "1e9", "NaN", "__row"),
    *([], [[]], {}, {"conditions": []}, {"conditions": {}}, {"segment": 1}, ["1", "2"], [None]),
]
KEYS = ["version", "match", "conditions", "column", "operator", "value", "segment", "other"]
OPERATORS = ["equals", "one_of", "between", "last_days", "anniversary_days", "domain_is", "is_yes"]


@pytest.fixture
def people() -> Source:
    return make_source(PEOPLE, columns=COLUMNS, key_column="id")


def sound_rule(segment: int) -> dict[str, Any]:
    born = {"column": "born", "operator": "last_days", "value": "30"}
    conditions = [
        {"column": "email", "operator": "domain_one_of", "value": ["b.example", "c.example"]},
        {"column": "spent", "operator": "between", "value": ["1", "2"]},
        {"match": "any", "conditions": [born]},
        {"column": "news", "operator": "is_yes"},
        {"segment": segment, "operator": "not_in"},
    ]
    return {"version": 1, "match": "all", "conditions": conditions}


def places(part: Any) -> list[Any]:
    """Return every list and dictionary in it, itself first."""
    inner = part.values() if isinstance(part, dict) else part
    return [part, *(each for one in inner if isinstance(one, dict | list) for each in places(one))]


def mutated(data: Any, chance: random.Random) -> Any:
    """Return the rule with one to three things in it changed, gone, doubled or wrapped."""
    data = copy.deepcopy(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places(data))
        if isinstance(place, dict):
            key = chance.choice([*place, *KEYS])
            kind = chance.randrange(4)
            if kind == 0:
                place.pop(key, None)
            elif kind == 1:
                place["operator"] = chance.choice(OPERATORS)
            else:
                place[key] = copy.deepcopy(chance.choice(ODD))
        elif place:
            at = chance.randrange(len(place))
            place[at] = chance.choice([place[at], chance.choice(ODD), {"conditions": [place[at]]}])
            place.extend(copy.deepcopy(place[:1]) * chance.choice([0, 1, 3]))
        else:
            place.append(copy.deepcopy(chance.choice(ODD)))
    return chance.choice(ODD) if chance.random() < 0.03 else data


def refusal_of(source: Source, data: Any) -> str:
    """Return in words why a rule is refused, nothing when it is accepted."""
    try:
        count_members(source=source, rule=data, now=NOW)
    except (InvalidRule, NotRefreshed) as error:
        return str(describe_problem(error.problem))
    return ""


def rule_in(text: str, segment: Segment) -> Any:
    """Return the rule in a text, or in words why there is none."""
    try:
        return read_text(text, [segment])
    except BadText as error:
        return str(describe_problem(error.problem))


def test_every_mutated_rule_is_accepted_or_refused_in_words(people: Source) -> None:
    chance = random.Random(20260304)
    sound = sound_rule(make_segment(people).pk)
    refusals: list[str] = []

    for _ in range(COUNT):
        data = mutated(sound, chance)
        refusals.append(refusal_of(people, data))
        assert describe_rule(data, COLUMNS).encode()
        assert all(isinstance(name, str) for name in columns_of(data))
        assert all(isinstance(number, int) for number in segments_of(data))

    assert 10 < refusals.count("") < COUNT / 2  # both happen
    assert "".join(refusals).encode()


def test_every_mutated_text_is_read_or_refused_in_words(people: Source) -> None:
    chance = random.Random(7)
    segment = make_segment(people)
    text = write_text(sound_rule(segment.pk))
    assert read_text(text, [segment]) == {
        **sound_rule(segment.pk),
        "conditions": [
            {**each, "value": ""} if each.get("operator") == "is_yes" else each
            for each in sound_rule(segment.pk)["conditions"]
        ],
    }

    for _ in range(COUNT):
        broken = chance.choice(
            [
                json.dumps(mutated(sound_rule(segment.pk), chance)),
                text[: chance.randrange(len(text))],
                text.replace(chance.choice('{}[]",:'), chance.choice("[{\"'\\é"), 1),
                chance.choice(["[" * 5000, "9" * 5000, "\ufeff" + text, text + text]),
            ]
        )
        found = rule_in(broken, segment)
        if isinstance(found, str):
            assert found.encode()
        else:
            assert rule_in(write_text(as_drawable(found)), segment) == as_drawable(found)


def test_a_stored_rule_that_is_none_can_be_looked_at_and_mended(
    client: Client, contributor: User, people: Source
) -> None:
    client.force_login(contributor)
    segment = make_segment(people)
    chance = random.Random(11)
    for _ in range(40):
        broken = mutated(sound_rule(segment.pk), chance)
        stored = json.loads(json.dumps(broken).replace("Infinity", "0").replace("\\u0000", ""))
        Segment.objects.filter(pk=segment.pk).update(rule=stored)

        for name in ("edit", "detail"):
            page = client.get(reverse(f"segments:{name}", args=[segment.pk]))
            assert page.status_code == 200, broken
