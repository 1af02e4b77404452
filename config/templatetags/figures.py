"""Figures as people read them: counts that add up, as bars, and lengths of time, in words."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

register = template.Library()

# Of 1,000: what is there at all stays visible.
THINNEST = 4.0


@register.inclusion_tag("components/balance.html")
def balance(
    total: int, figures: Iterable[tuple[str, int, str]], sum_label: str = ""
) -> dict[str, Any]:
    """Show how `total` divides into (label, count, kind), as a bar and as a table.

    Kinds are those of a pill, and held: good, busy, warn, bad, idle, held. The total is called
    `sum_label`, or the members.
    """
    rows = [{"label": label, "count": count, "kind": kind} for label, count, kind in figures]
    widths = _widths([row["count"] for row in rows], total)
    start = 0.0
    for row, width in zip(rows, widths, strict=True):
        row.update(start=f"{start:.1f}", width=f"{width:.1f}")
        start += width
    return {"total": total, "rows": rows, "sum": sum_label or _("Members")}


def _widths(counts: list[Any], total: int) -> list[float]:
    """Return the widths in thousandths; thin ones are taken from the widest."""
    widths = [max(1000 * count / total, THINNEST) if total and count else 0.0 for count in counts]
    if any(widths):
        widest = widths.index(max(widths))
        # Only counts that say they add up may fill the bar.
        exact = 1000 * sum(counts) / total
        widths[widest] += min(exact, 1000) - sum(widths)
    return widths


@register.filter
def duration(value: timedelta | None) -> str:
    """Return a length of time in its two largest units, such as "2 min 5 s"; "" for none."""
    if not isinstance(value, timedelta):
        return ""
    seconds = value.total_seconds()
    if seconds < 10:
        return _("%(seconds)s s") % {"seconds": formats.number_format(seconds, 1)}
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    return _("%(seconds)s s") % {"seconds": seconds}


@register.filter
def about(value: timedelta) -> str:
    """Return a length of time as an estimate may claim to know it, in whole minutes."""
    minutes = round(value / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    if minutes:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("less than a minute")
