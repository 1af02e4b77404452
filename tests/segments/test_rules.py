"""Rules: what is refused, how it reads, and that SQL says the same as plain Python."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments import parquet
from segments.columns import Column
from segments.problems import describe_problem
from segments.rules import comparisons
from segments.rules.sql import Compiled, where
from segments.rules.tree import Group, InvalidRule, parse_rule

TODAY = date(2026, 3, 4)  # a Wednesday
COLUMNS: list[Column] = [
    {"name": "country", "type": "text", "format": ""},
    {"name": 'odd "name"; --', "type": "text", "format": ""},
    {"name": "spent", "type": "number", "format": ""},
    {"name": "price", "type": "number", "format": "comma"},
    {"name": "born", "type": "date", "format": ""},
    {"name": "joined", "type": "date", "format": "dmy"},
    {"name": "news", "type": "yes_no", "format": ""},
    {"name": "email", "type": "email", "format": ""},
    {"name": "agreed", "type": "consent", "format": ""},
    {"name": "land", "type": "country", "format": ""},
]


def rule(*conditions: Any, match: str = "all") -> dict[str, Any]:
    return {"version": 1, "match": match, "conditions": list(conditions)}


def condition(column: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"column": column, "operator": operator, "value": value}


def as_sql(part: Any, today: date) -> Any:
    """Return a parsed rule without segments in SQL."""
    by_name = {column["name"]: column for column in COLUMNS}
    if isinstance(part, Group):
        return Compiled(part.match, tuple(as_sql(inner, today) for inner in part.parts))
    facts = comparisons.Facts(lambda: today)
    return comparisons.compare(part, by_name[part.column], facts)


def matching(
    data: dict[str, Any], rows: list[dict[str, str | None]], today: date = TODAY
) -> list[int]:
    """Return the positions of the rows that the rule selects, as DuckDB sees it."""
    condition = where(as_sql(parse_rule(data, COLUMNS), today))
    names = [column["name"] for column in COLUMNS]
    with parquet.connect() as connection:
        columns = ", ".join(f"{parquet.quote(name)} VARCHAR" for name in names)
        connection.execute(f"CREATE TABLE people (position INTEGER, {columns})")
        marks = ", ".join("?" for _ in (0, *names))
        values = [[n, *map(row.get, names)] for n, row in enumerate(rows)]
        if values:
            connection.executemany(f"INSERT INTO people VALUES ({marks})", values)
        found = connection.execute(
            f"SELECT position FROM people WHERE {condition.text} ORDER BY 1", condition.values
        ).fetchall()
    return [position for (position,) in found]


@pytest.mark.parametrize(
    ("column", "operator", "value", "yes", "no"),
    [
        ("country", "equals", "france", ["France", " FRANCE\u00a0"], ["Francia", None]),
        ("country", "not_equals", "France", ["Spain", None, ""], ["france "]),
        ("country", "contains", "RAN", ["France"], ["Spain", None]),
        ("country", "not_contains", "ran", ["Spain", None], ["FRANCE"]),
        ("country", "starts_with", "fr", ["France", " fr"], ["afr"]),
        ("country", "ends_with", "CE", ["France "], ["Cee"]),
        ("country", "contains", "%", ["100 %"], ["100"]),
        ("country", "one_of", ["France", "Éire"], ["éire", "FRANCE"], ["Eire", None]),
        ("country", "none_of", ["France"], ["Spain", None], ["france"]),
        ("country", "empty", None, [None, "", "  \u00a0"], ["x"]),
        ("country", "not_empty", None, ["x"], [None, " "]),
        ('odd "name"; --', "equals", "'; DROP TABLE people; --", ["'; drop table people; --"], []),
        ("spent", "equals", "12.50", ["12.5", " 12.500 "], ["12", "x", None]),
        ("spent", "not_equals", "1", ["2"], ["1.0", "x", None]),
        ("spent", "greater", "5", ["5.1"], ["5", "nan", "inf", "1e9", None]),
        ("spent", "at_least", "5", ["5"], ["4.9"]),
        ("spent", "less", "-1", ["-2"], ["-1", ""]),
        ("spent", "at_most", "1000", ["+7", "1000"], ["1001", "1,000"]),
        ("spent", "between", ["1", "2"], ["1", "2"], ["0.9", "2.1"]),
        ("price", "equals", "1234.5", ["1234,5", "1.234,50", "1 234,5"], ["1234.5", "x"]),
        ("born", "on", "1980-01-31", ["1980-01-31", "1980-1-31T10:00"], ["31/01/1980", "x"]),
        ("born", "before", "1980-01-31", ["1980-01-30"], ["1980-01-31", "1980-02-31", None]),
        ("joined", "after", "2020-02-01", ["02/02/2020", "2.2.2020"], ["01/02/2020", "02/32/2020"]),
        ("joined", "between", ["2020-01-01", "2020-01-31"], ["31-01-2020", "2020-01-05"], ["x"]),
        ("news", "is_yes", None, ["Yes", "oui ", "1", "TRUE"], ["no", None, "maybe"]),
        ("news", "is_no", None, ["No", "non", "0"], ["yes", None]),
        ("news", "empty", None, [None], ["no"]),
        ("agreed", "is_yes", None, ["Oui"], ["Non", None]),
        ("land", "one_of", ["Chile"], ["chile"], ["Peru"]),
        ("email", "domain_is", "@A.example", ["x@a.EXAMPLE ", "a@b@a.example"], ["a.example"]),
        ("email", "domain_one_of", ["a.com", "b.com"], ["x@B.com"], ["x@sub.a.com", "", None]),
        ("email", "contains", "@a.", ["x@A.com"], ["a.com"]),
        ("born", "today", None, ["2026-03-04"], ["2026-03-05", None]),
        ("born", "last_days", "7", ["2026-03-04", "2026-02-25"], ["2026-02-24", "2026-03-05"]),
        ("born", "next_days", "7", ["2026-03-04", "2026-03-11"], ["2026-03-12", "2026-03-03"]),
        ("born", "days_ago", "7", ["2026-02-24", "0900-01-01"], ["2026-02-25", "x", None]),
        ("born", "anniversary_today", None, ["1980-03-04", "2026-03-04"], ["1980-03-05", "x"]),
        ("born", "anniversary_week", None, ["1980-03-02", "1999-03-08"], ["1980-03-01", "x"]),
        ("born", "anniversary_month", None, ["1980-03-01", "1999-03-31"], ["1980-04-01", "x"]),
        ("born", "anniversary_days", "27", ["1980-03-04", "1999-03-31"], ["2000-04-01", "x"]),
        ("born", "anniversary_days", "363", ["1980-03-04", "1999-03-02"], ["1999-03-03", None]),
        ("joined", "anniversary_today", None, ["04/03/2001"], ["03/04/2001"]),
    ],
)
def test_a_condition_selects(
    column: str, operator: str, value: Any, yes: list[str | None], no: list[str | None]
) -> None:
    rows = [{column: each} for each in [*yes, *no]]

    found = matching(rule(condition(column, operator, value)), rows)

    assert [rows[position][column] for position in found] == yes


@pytest.mark.parametrize(
    ("operator", "value", "today", "yes", "no"),
    [
        ("anniversary_today", None, "2026-02-28", ["2000-02-28", "2000-02-29"], ["2000-03-01"]),
        ("anniversary_today", None, "2028-02-28", ["2000-02-28"], ["2000-02-29"]),
        ("anniversary_today", None, "2028-02-29", ["2000-02-29"], ["2000-02-28"]),
        ("anniversary_today", None, "2026-03-01", ["2000-03-01"], ["2000-02-29"]),
        ("anniversary_week", None, "2026-12-30", ["1999-12-28", "1999-01-03"], ["1999-01-04"]),
        ("anniversary_month", None, "2026-02-10", ["2000-02-29", "1999-02-01"], ["1999-03-01"]),
        ("anniversary_days", "10", "2026-12-30", ["1999-12-30", "1999-01-09"], ["1999-01-10"]),
        ("anniversary_days", "400", "2026-12-30", ["1999-12-29", "2000-02-29"], ["x", None]),
        ("last_days", "1", "2026-01-01", ["2025-12-31", "2026-01-01"], ["2025-12-30"]),
    ],
)
def test_dates_are_compared_with_the_day_it_is(
    operator: str, value: Any, today: str, yes: list[str], no: list[str | None]
) -> None:
    rows = [{"born": each} for each in [*yes, *no]]

    found = matching(
        rule(condition("born", operator, value)), rows, today=date.fromisoformat(today)
    )

    assert [rows[position]["born"] for position in found] == yes


def test_a_rule_without_conditions_is_everybody() -> None:
    assert matching(rule(), [{}, {}]) == [0, 1]
    assert parse_rule({}, COLUMNS).parts == ()


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        ({"version": 2, "match": "all", "conditions": []}, (), "can’t read the rule"),
        ("nonsense", (), "can’t read the rule"),
        (rule(match="some"), (), "Choose whether all or any"),
        (rule(condition("", "equals")), (0,), "Choose a column."),
        (rule(condition("gone", "equals", "x")), (0,), "The source has no column “gone”."),
        (rule(condition("born", "contains", "x")), (0,), "can’t be compared that way"),
        (rule(condition("country", "equals", " ")), (0,), "Enter a value"),
        (rule(condition("country", "equals", ["a", "b"])), (0,), "Enter one value"),
        (rule(condition("spent", "between", ["1"])), (0,), "Enter two values"),
        (rule(condition("spent", "greater", "ten")), (0,), "“ten” is not a number."),
        (rule(condition("spent", "greater", "nan")), (0,), "“nan” is not a number."),
        (rule(condition("born", "on", "31/12/2020")), (0,), "“31/12/2020” is not a date."),
        (rule(condition("born", "on", "2020-02-31")), (0,), "is not a date."),
        (rule(condition("country", "equals", "x" * 1001)), (0,), "at most 1000 characters"),
        (rule(condition("country", "one_of", ["x"] * 1001)), (0,), "at most 1000 values"),
        (rule({"match": "any", "conditions": []}), (0,), "The group has no condition."),
        (rule(condition("news", "is_yes"), None), (1,), "Choose a column."),
        (rule(*[condition("news", "is_yes")] * 101), (), "at most 100 conditions"),
    ],
)
def test_an_invalid_rule_is_refused_at_the_place_of_the_fault(
    data: Any, place: tuple[int, ...], said: str
) -> None:
    with pytest.raises(InvalidRule) as caught:
        parse_rule(data, COLUMNS)

    assert said in str(describe_problem(caught.value.errors[place]))


def test_groups_are_nested_five_deep_at_most() -> None:
    data = condition("news", "is_yes")
    for _ in range(5):
        data = {"match": "any", "conditions": [data]}

    with pytest.raises(InvalidRule) as caught:
        parse_rule(rule(data), COLUMNS)

    assert "nested 5 deep" in str(describe_problem(caught.value.problem))


TEXTS = ["", "a", "b", "ab", " A ", "Ab", "é", "%"]
NUMBERS = ["", "0", "1", "-1", "2.5", "x", "1e1", " 2.5 "]
DATES = ["", "2020-01-01", "2020-02-30", "2020-12-31", "1999-12-31", "x"]
text_conditions = st.builds(
    condition,
    st.just("country"),
    st.sampled_from(["equals", "not_equals", "contains", "starts_with", "ends_with"]),
    st.sampled_from(["a", "b", "AB", "é", "%"]),
)
list_conditions = st.builds(
    condition,
    st.just("country"),
    st.sampled_from(["one_of", "none_of"]),
    st.lists(st.sampled_from(["a", "b", "AB"]), min_size=1, max_size=3),
)
number_conditions = st.builds(
    condition,
    st.just("spent"),
    st.sampled_from(["equals", "not_equals", "greater", "at_least", "less", "at_most"]),
    st.sampled_from(["0", "1", "-1", "2.5"]),
)
date_conditions = st.builds(
    condition,
    st.just("born"),
    st.sampled_from(["on", "before", "after"]),
    st.sampled_from(["2020-01-01", "2020-12-31"]),
)
conditions = st.one_of(text_conditions, list_conditions, number_conditions, date_conditions)
groups = st.recursive(
    conditions,
    lambda inner: st.builds(
        lambda match, parts: {"match": match, "conditions": parts},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
people = st.lists(
    st.fixed_dictionaries(
        {
            "country": st.none() | st.sampled_from(TEXTS),
            "spent": st.none() | st.sampled_from(NUMBERS),
            "born": st.none() | st.sampled_from(DATES),
        }
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(part=groups, match=st.sampled_from(["all", "any"]), rows=people)
def test_sql_selects_the_same_profiles_as_plain_python(
    part: dict[str, Any], match: str, rows: list[dict[str, str | None]]
) -> None:
    data = rule(part, match=match)

    assert matching(data, rows) == [n for n, row in enumerate(rows) if holds(data, row)]


def holds(data: dict[str, Any], row: dict[str, str | None]) -> bool:
    if "conditions" in data:
        check = all if data["match"] == "all" else any
        return check(holds(part, row) for part in data["conditions"])
    found, value = (row[data["column"]] or "").strip(), data["value"]
    if data["column"] == "spent":
        return compare(data["operator"], number(found), float(value))
    if data["column"] == "born":
        return compare(data["operator"], day(found), date.fromisoformat(value))
    return compare_text(data["operator"], found.lower(), value)


def number(text: str) -> float | None:
    return float(text) if text.replace(".", "").removeprefix("-").isdigit() else None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def compare(operator: str, found: Any, value: Any) -> bool:
    if found is None:
        return False
    return {
        "equals": found == value,
        "on": found == value,
        "not_equals": found != value,
        "greater": found > value,
        "after": found > value,
        "at_least": found >= value,
        "less": found < value,
        "before": found < value,
        "at_most": found <= value,
    }[operator]


def compare_text(operator: str, found: str, value: Any) -> bool:
    values = [each.lower() for each in value] if isinstance(value, list) else [value.lower()]
    return {
        "equals": found == values[0],
        "not_equals": found != values[0],
        "contains": values[0] in found,
        "starts_with": found.startswith(values[0]),
        "ends_with": found.endswith(values[0]),
        "one_of": found in values,
        "none_of": found not in values,
    }[operator]


@pytest.mark.parametrize(
    ("column", "operator", "value"),
    [
        ("spent", "greater", "\u0663"),  # a digit, but an Arabic one
        ("spent", "greater", "1e9"),
        ("born", "on", "2024-W01-1"),
        ("born", "on", "20240101"),
        ("born", "on", "2024-02-30"),
    ],
)
def test_a_value_that_duckdb_does_not_read_is_refused_before_it_is_asked(column, operator, value):
    with pytest.raises(InvalidRule):
        parse_rule(rule(condition(column, operator, value)), COLUMNS)
