"""How many members a segment had over time, as its snapshots remember."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.models import Segment

# What may be chosen, by what the address says; None is all that is remembered.
PERIODS: dict[str, tuple[str | Promise, timedelta | None]] = {
    "30": (_("30 days"), timedelta(days=30)),
    "90": (_("90 days"), timedelta(days=90)),
    "365": (_("A year"), timedelta(days=365)),
    "all": (_("All"), None),
}
DEFAULT = "30"
# More than a line can show; and as many rows as the table beside it should have.
MOST = 366
Point = tuple[datetime, int]


def member_trend(segment: Segment, period: str, *, now: datetime) -> list[Point]:
    """Return when the segment was refreshed in a period of PERIODS, and its members then.

    It begins with what it had when the period began. Of more than MOST refreshes only the
    last of each equal part of the period is told.
    """
    snapshots = segment.snapshots.order_by("created_at", "pk")
    length = PERIODS[period][1]
    before: list[Point] = []
    if length is not None:
        start = now - length
        earlier = snapshots.filter(created_at__lt=start).values_list("members", flat=True).last()
        before = [] if earlier is None else [(start, earlier)]
        snapshots = snapshots.filter(created_at__gte=start)
    found: list[Point] = list(snapshots.values_list("created_at", "members"))
    return before + _thinned(found)


def _thinned(points: list[Point]) -> list[Point]:
    if len(points) <= MOST:
        return points
    first, last = points[0][0], points[-1][0]
    part = (last - first) / (MOST - 1)
    kept = [
        earlier
        for earlier, later in pairwise(points)
        if (earlier[0] - first) // part != (later[0] - first) // part
    ]
    return [*kept, points[-1]]
