from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from config.templatetags.charts import bar_chart
from config.templatetags.figures import THINNEST, about, balance


def widths(total: int, *counts: int) -> list[float]:
    rows = balance(total, [(str(number), count, "good") for number, count in enumerate(counts)])
    return [float(row["width"]) for row in rows["rows"]]


def test_counts_that_add_up_fill_the_bar() -> None:
    assert sum(widths(12_302, 9_200, 3_061, 37, 4)) == pytest.approx(1000, abs=0.2)


def test_what_is_there_at_all_is_seen() -> None:
    assert widths(1_000_000, 999_999, 1)[1] == THINNEST


def test_what_is_not_there_takes_no_room() -> None:
    assert widths(100, 100, 0) == [1000, 0]


def test_counts_that_fall_short_leave_a_gap() -> None:
    assert sum(widths(100, 30, 20)) == 500


def test_nobody_at_all_is_an_empty_bar() -> None:
    assert widths(0, 0, 0) == [0, 0]


def test_each_part_begins_where_the_one_before_ends() -> None:
    rows = balance(100, [("a", 25, "good"), ("b", 75, "bad")])["rows"]

    assert [row["start"] for row in rows] == ["0.0", "250.0"]


def test_the_bar_is_also_a_table() -> None:
    template = Template("{% load figures %}{% balance 1234 figures %}")

    with translation.override("en"):
        html = template.render(Context({"figures": [("Accepted", 1_234, "good")]}))

    assert 'Accepted</th><td class="number">1,234</td>' in html
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(20, "less than a minute"), (3270, "54 min"), (3580, "1 h 0 min"), (9000, "2 h 30 min")],
)
def test_an_estimate_claims_no_seconds(seconds: int, said: str) -> None:
    assert about(timedelta(seconds=seconds)) == said


def test_bars_are_as_high_as_their_counts_and_stand_on_nothing() -> None:
    drawn = bar_chart([(date(2026, 1, 1), 0), (date(2026, 1, 2), 40)], "Delivered", "Contacts")

    assert [bar["height"] for bar in drawn["bars"]] == ["0.00", "100.00"]
    assert drawn["scale"] == [40, 30, 20, 10, 0]
    assert drawn["total"] == 40


def test_days_on_which_nothing_happened_have_a_scale_all_the_same() -> None:
    assert bar_chart([(date(2026, 1, 1), 0)], "Delivered", "Contacts")["scale"] == [1, 0]
