"""Counts as bars: figures that add up, drawn beside the table that says them in words."""

from collections.abc import Iterable
from typing import Any

from django import template

register = template.Library()

# Of 1,000: what is there at all stays visible.
THINNEST = 4.0


@register.inclusion_tag("components/balance.html")
def balance(total: int, figures: Iterable[tuple[str, int, str]]) -> dict[str, Any]:
    """Show how `total` divides into (label, count, kind), as a bar and as a table.

    Kinds are those of a pill: good, busy, warn, bad, idle.
    """
    rows = [{"label": label, "count": count, "kind": kind} for label, count, kind in figures]
    widths = _widths([row["count"] for row in rows], total)
    start = 0.0
    for row, width in zip(rows, widths, strict=True):
        row.update(start=f"{start:.1f}", width=f"{width:.1f}")
        start += width
    return {"total": total, "rows": rows}


def _widths(counts: list[Any], total: int) -> list[float]:
    """Return the widths in thousandths; thin ones are taken from the widest."""
    widths = [max(1000 * count / total, THINNEST) if total and count else 0.0 for count in counts]
    if any(widths):
        widest = widths.index(max(widths))
        # Only counts that say they add up may fill the bar.
        exact = 1000 * sum(counts) / total
        widths[widest] += min(exact, 1000) - sum(widths)
    return widths
