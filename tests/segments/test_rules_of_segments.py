"""Rules that name other segments, and many rules at once: on real tables, with companions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from django.core.files.storage import default_storage

from segments import parquet
from segments.models import ProfileTable, RefreshSchedule, Segment, Source
from segments.problems import describe_problem
from segments.rules.compiling import compile_for
from segments.rules.evaluation import write_members
from segments.rules.references import MAX_CHAIN, check_rule, segments_using
from segments.rules.tree import InvalidRule
from segments.rules.typed import companions
from segments.rules.words import describe_rule
from segments.snapshots import count_members, refresh_segment
from tests.factories import make_segment, make_source

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
COLUMNS = [
    {"name": "id", "type": "text", "format": ""},
    {"name": "country", "type": "country", "format": ""},
    {"name": "spent", "type": "number", "format": ""},
    {"name": "paid", "type": "number", "format": "comma"},
    {"name": "born", "type": "date", "format": ""},
    {"name": "joined", "type": "date", "format": "dmy"},
]
PEOPLE = [
    {
        "id": str(at),
        "country": ["France", " FRANCE ", "Chile", "", "Peru"][at % 5],
        "spent": ["1", "2.50", "x", "", "30", "-4"][at % 6],
        "paid": ["1,5", "1.000,25", "", "2", "n/a"][at % 5],
        "born": ["1980-02-29", "1990-12-31", "x", "", "2000-03-04", "2001-03-10T09:00"][at % 6],
        "joined": ["04/03/2026", "28.02.2026", "2026-03-01", "", "31/02/2020"][at % 5],
    }
    for at in range(60)
]


@pytest.fixture
def people() -> Source:
    return make_source(PEOPLE, name="People", columns=COLUMNS, key_column="id")


def rule(*conditions: Any, match: str = "all") -> dict[str, Any]:
    return {"version": 1, "match": match, "conditions": list(conditions)}


def condition(column: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"column": column, "operator": operator, "value": value}


def member(segment: Segment, operator: str = "in") -> dict[str, Any]:
    return {"segment": segment.pk, "operator": operator}


FRENCH = condition("country", "equals", "france")
BUYERS = condition("spent", "greater", "2")


def members(source: Source, data: Any) -> list[str]:
    return [
        row["id"] for row in count_members(source=source, rule=data, now=NOW, sample=100).sample
    ]


def refusal(source: Source, data: Any, **stored: Any) -> str:
    with pytest.raises(InvalidRule) as caught:
        compile_for(source, data, now=NOW, **stored)
    return str(describe_problem(caught.value.problem))


RULES = [
    rule(),
    rule(FRENCH),
    rule(FRENCH, BUYERS),
    rule(FRENCH, BUYERS, match="any"),
    rule(condition("spent", "between", ["1", "3"]), condition("spent", "not_equals", "2.5")),
    rule(condition("paid", "at_least", "1.5")),
    rule(condition("born", "before", "1995-01-01"), condition("country", "contains", "R")),
    rule(condition("joined", "last_days", "4")),
    rule(condition("born", "anniversary_week")),
    rule(condition("born", "anniversary_days", "300")),
    rule(condition("born", "anniversary_month"), condition("born", "anniversary_today")),
    rule(condition("country", "empty"), rule(BUYERS, FRENCH, match="any"), match="any"),
    rule(condition("country", "none_of", ["France", "Peru"]), condition("spent", "not_empty")),
]


def write_all(source: Source, rules: Sequence[Any], path: str) -> list[list[int]]:
    """Return the members of each rule, all of them evaluated together."""
    compiled = [compile_for(source, each, now=NOW) for each in rules]
    targets = [f"{path}.{at}.parquet" for at in range(len(rules))]
    counts = write_members(path, compiled, targets)
    with parquet.connect() as connection:
        found = [
            [
                row
                for (row,) in connection.execute(
                    "SELECT * FROM read_parquet(?)", [target]
                ).fetchall()
            ]
            for target in targets
        ]
    assert counts == [len(rows) for rows in found]
    return found


def test_companions_change_the_time_and_nothing_else(people: Source, tmp_path: Any) -> None:
    assert people.table is not None
    path = str(tmp_path / "companions.parquet")
    added = ", ".join(f"{sql} AS {parquet.quote(name)}" for name, sql in companions(COLUMNS))
    with parquet.reading(people.table.file) as table:
        plain = "SELECT __row, id, country, spent, paid, born, joined FROM read_parquet(?)"
        duckdb.execute(f"COPY (SELECT *, {added} FROM ({plain})) TO '{path}'", [table])
    people.table.columns = []
    without = write_all(people, RULES, path)
    people.table.columns = COLUMNS

    assert write_all(people, RULES, path) == without
    assert any(without)
    assert "__number:spent" in compile_text(people, RULES[2])


def compile_text(source: Source, data: Any) -> str:
    return " ".join(test.operand.sql for test in compile_for(source, data, now=NOW).tests())


def test_a_companion_of_another_format_is_not_used(people: Source) -> None:
    assert people.table is not None
    people.table.columns = [{**column, "format": "comma"} for column in COLUMNS]

    assert "__number:spent" not in compile_text(people, rule(BUYERS))


def test_many_rules_together_select_what_each_selects_alone(people: Source, tmp_path: Any) -> None:
    assert people.table is not None
    inner = make_segment(people, rule=rule(BUYERS))
    rules = [*RULES, rule(member(inner, "not_in"), FRENCH)] * 6  # more than 64

    with parquet.reading(people.table.file) as table:
        path = str(tmp_path / "people.parquet")
        duckdb.execute(f"COPY (SELECT * FROM read_parquet('{table}')) TO '{path}'")
    together = write_all(people, rules, path)

    assert len(rules) > 64
    assert together == [write_all(people, [each], path)[0] for each in rules]


def test_a_dynamic_segment_is_meant_as_it_is_now(people: Source) -> None:
    inner = make_segment(people, rule=rule(FRENCH))
    Segment.objects.filter(pk=inner.pk).update(rule=rule(BUYERS))

    assert members(people, rule(member(inner))) == members(people, rule(BUYERS))


def test_who_is_not_in_a_segment_is_everybody_else(people: Source) -> None:
    inner = make_segment(people, rule=rule(BUYERS))  # for some, there is no number to compare

    found = members(people, rule(member(inner))) + members(people, rule(member(inner, "not_in")))

    assert sorted(found, key=int) == [person["id"] for person in PEOPLE]


@pytest.mark.parametrize("fields", [{"kind": Segment.Kind.STATIC}, {"is_active": False}])
def test_a_static_or_inactive_segment_is_meant_as_it_was(
    people: Source, fields: dict[str, Any]
) -> None:
    inner = make_segment(people, rule=rule(FRENCH), **fields)
    was = members(people, rule(FRENCH))
    Segment.objects.filter(pk=inner.pk).update(rule=rule(BUYERS))

    assert members(people, rule(member(inner))) == was
    everybody = {person["id"] for person in PEOPLE}
    assert set(members(people, rule(member(inner, "not_in")))) == everybody - set(was)


def with_newer_table(source: Source, older: list[dict[str, str]]) -> None:
    """Give the source a table from before, as if its segments had been refreshed with that."""
    before = make_source(older, columns=COLUMNS)
    assert before.table is not None
    table = ProfileTable.objects.create(
        source=source, file=before.table.file, rows=len(older), created_at=NOW, columns=COLUMNS
    )
    source.table, newest = table, source.table
    source.save()
    for segment in source.segments.all():
        refresh_segment(segment=segment, now=NOW)
    source.table = newest
    source.save()


def test_members_of_an_older_table_are_found_by_the_key(people: Source) -> None:
    inner = make_segment(people, rule=rule(FRENCH), kind=Segment.Kind.STATIC, refreshed=False)
    with_newer_table(people, list(reversed([*PEOPLE, {**PEOPLE[0], "id": "gone"}])))

    assert members(people, rule(member(inner))) == members(people, rule(FRENCH))


def test_without_a_key_members_of_an_older_table_are_not_guessed(people: Source) -> None:
    inner = make_segment(people, rule=rule(), kind=Segment.Kind.STATIC, refreshed=False, name="Old")
    with_newer_table(people, PEOPLE)
    people.key_column = ""

    said = refusal(people, rule(member(inner)))

    assert said.startswith("The segment “Old” was refreshed with older data of its source")


def test_a_static_segment_needs_members(people: Source) -> None:
    static = {"kind": Segment.Kind.STATIC, "rule": rule()}
    new = make_segment(people, name="New", refreshed=False, **static)
    lost = make_segment(people, name="Lost", **static)
    assert lost.snapshot is not None
    default_storage.delete(lost.snapshot.file)

    assert "“New” has no members yet. Refresh it first." in refusal(people, rule(member(new)))
    assert "“Lost” are not stored any more." in refusal(people, rule(member(lost)))


def test_a_circle_is_named(people: Source) -> None:
    first = make_segment(people, name="First", rule=rule(FRENCH))
    second = make_segment(people, name="Second", rule=rule(member(first)))
    third = make_segment(people, name="Third", rule=rule(BUYERS, member(second)))
    circle = rule(FRENCH, rule(member(third), match="any"))

    with pytest.raises(InvalidRule) as caught:
        check_rule(people, circle, segment=first)

    said = str(describe_problem(caught.value.errors[(1, 0)]))
    assert "in a circle: First → Third → Second → First." in said
    assert "First → First" in refusal(people, rule(member(first)), segment=first)
    Segment.objects.filter(pk=first.pk).update(rule=circle)
    assert "Third → Second → First → Third" in refusal(people, rule(member(third)))


def test_segments_of_elsewhere_and_of_before_are_refused(people: Source) -> None:
    elsewhere = make_segment(make_source(PEOPLE))
    deleted = make_segment(people, rule=rule())
    outer = make_segment(people, name="Outer", rule=rule(member(deleted)))
    number = deleted.pk
    deleted.delete()

    assert "not among those of the source" in refusal(people, rule(member(elsewhere)))
    assert "not among those of the source" in refusal(people, outer.rule)
    assert "The rule of the segment “Outer” can’t be evaluated." in refusal(
        people, rule(member(outer))
    )
    assert describe_rule({**outer.rule}, COLUMNS) == "is in the segment that no longer exists"
    assert number not in {segment.pk for segment in segments_using(outer)}


def test_segments_stand_on_one_another_so_far_and_no_further(people: Source) -> None:
    segment = make_segment(people, rule=rule(FRENCH), refreshed=False)
    for _ in range(MAX_CHAIN - 1):
        segment = make_segment(people, rule=rule(member(segment)), refreshed=False)
    assert members(people, rule(member(segment))) == members(people, rule(FRENCH))

    higher = make_segment(people, rule=rule(member(segment)), refreshed=False)

    assert "At most 10 segments" in refusal(people, rule(member(higher)))


def test_a_rule_that_grows_beyond_measure_through_others_is_refused(people: Source) -> None:
    segment = make_segment(people, rule=rule(FRENCH), refreshed=False)
    for _ in range(5):
        segment = make_segment(people, rule=rule(*[member(segment)] * 10), refreshed=False)

    assert "more than 1000 conditions" in refusal(people, segment.rule)


def test_who_names_a_segment_is_known(people: Source) -> None:
    inner = make_segment(people)
    outer = make_segment(people, name="Outer", rule=rule(rule(member(inner), match="any")))
    make_segment(people, rule=rule(FRENCH))

    assert segments_using(inner) == [outer]
    assert describe_rule(outer.rule, COLUMNS) == f"is in the segment “{inner}”"


def test_today_is_where_the_system_is(people: Source) -> None:
    late = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
    schedule = RefreshSchedule.objects.current()
    today = rule(condition("born", "anniversary_today"))
    assert count_members(source=people, rule=today, now=late).members == 0

    schedule.time_zone = "Asia/Tokyo"  # where it is the 4th already
    schedule.save()

    assert count_members(source=people, rule=today, now=late).members == 10
