"""Lines and bars over time: shapes drawn on the server, with words and figures in HTML beside."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import template

register = template.Library()

WIDTH, HEIGHT = 1000, 100
# Steps of the scale: five lines at most.
_STEPS = 4
# With more points than this a mark for each would hide the line.
_MARKED = 60
Point = tuple[datetime, int]


@register.inclusion_tag("components/chart.html")
def line_chart(points: Sequence[Point], label: str, column: str) -> dict[str, Any]:
    """Show counts over time as a line, and as a table in which `column` heads the counts.

    `label` says what the line is about, to whoever can't see it. Give two points at least.
    """
    low, step, steps = _scale([count for _when, count in points])
    first, last = points[0][0], points[-1][0]
    span = (last - first).total_seconds() or 1.0
    high = low + step * steps
    places = [
        (
            WIDTH * (when - first).total_seconds() / span,
            HEIGHT * (high - count) / (high - low),
        )
        for when, count in points
    ]
    drawn = [f"{x:.1f} {y:.2f}" for x, y in places]
    return {
        "label": label,
        "column": column,
        "points": list(reversed(points)),
        "first": points[0],
        "last": points[-1],
        "line": "M" + "L".join(drawn),
        "marks": list(zip(drawn, points, strict=True)) if len(points) <= _MARKED else [],
        "scale": [low + step * at for at in range(steps, -1, -1)],
        "rules": [f"{HEIGHT * at / steps:.2f}" for at in range(steps + 1)],
        "width": WIDTH,
        "height": HEIGHT,
    }


@register.inclusion_tag("components/bars.html")
def bar_chart(days: Sequence[tuple[date, int]], label: str, column: str) -> dict[str, Any]:
    """Show counts of days that follow each other as bars, and as a table with `column` as head.

    `label` says what the bars are about, to whoever can't see them. Give one day at least.
    """
    most = max(count for _on, count in days)
    step = _round_step(max(most, 1) / _STEPS)
    steps = max(1, math.ceil(most / step))
    room = WIDTH / len(days)
    heights = [HEIGHT * count / (step * steps) for _on, count in days]
    return {
        "label": label,
        "column": column,
        "days": list(reversed(days)),
        "first": days[0][0],
        "last": days[-1][0],
        "total": sum(count for _on, count in days),
        "bars": [
            {
                "on": on,
                "count": count,
                "x": f"{room * (place + 0.15):.1f}",
                "width": f"{room * 0.7:.1f}",
                "y": f"{HEIGHT - height:.2f}",
                "height": f"{height:.2f}",
            }
            for place, ((on, count), height) in enumerate(zip(days, heights, strict=True))
        ],
        "scale": [step * at for at in range(steps, -1, -1)],
        "rules": [f"{HEIGHT * at / steps:.2f}" for at in range(steps + 1)],
        "width": WIDTH,
        "height": HEIGHT,
    }


SPARK_WIDTH, SPARK_HEIGHT = 300, 40


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float], label: str, text: str) -> dict[str, Any]:
    """Show figures in their order as a small line from zero up, the last of them marked.

    `label` says what they are, `text` what the line says, to whoever can't see it. Give two.
    """
    most = max(values) or 1
    places = [
        f"{SPARK_WIDTH * at / (len(values) - 1):.1f} {SPARK_HEIGHT * (1 - value / most):.1f}"
        for at, value in enumerate(values)
    ]
    return {
        "label": label,
        "text": text,
        "line": "M" + "L".join(places),
        "last": places[-1],
        "width": SPARK_WIDTH,
        "height": SPARK_HEIGHT,
    }


def _scale(counts: Sequence[int]) -> tuple[int, int, int]:
    """Return where the scale begins, its step, and how many steps it has.

    It begins at 0 unless all counts are far from it: then changes would be too small to see.
    """
    least, most = min(counts), max(counts)
    floor = 0 if least < most * 0.6 or most < _STEPS else least
    step = _round_step(max(most - floor, most * 0.02, 1) / _STEPS)
    low = floor // step * step
    return low, step, max(1, math.ceil((most - low) / step))


def _round_step(wanted: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50, … that is no less than `wanted`."""
    power: int = 10 ** math.floor(math.log10(max(wanted, 1)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted)
