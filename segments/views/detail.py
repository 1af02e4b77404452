"""One segment: its rule in words, how many it had over time, its first members."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.permissions import SignedInRequest
from segments.forms.person import PersonForm
from segments.models import Segment
from segments.refreshes.standing import standings_of
from segments.rules.references import segments_using
from segments.rules.words import describe_rule
from segments.snapshots import first_members
from segments.trends import DEFAULT, PERIODS, member_trend

FIRST = 100


@require_GET
def show_segment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a segment, with what uses it."""
    found = Segment.objects.select_related("source", "snapshot__table", "updated_by")
    segment = get_object_or_404(found.prefetch_related("tags"), pk=pk)
    members = _first_members(request, segment)
    period = request.GET.get("period", "")
    period = period if period in PERIODS else DEFAULT
    context = {
        "segment": segment,
        "standing": standings_of([segment], reader=request.user)[segment],
        "sentence": describe_rule(segment.rule, segment.source.columns),
        "names": list(members[0]) if members else [],
        "members": [list(member.values()) for member in members],
        # Exports stand above this room; their names come through the relation.
        "exports": segment.exports.order_by("name"),
        "users": segments_using(segment),
        "form": PersonForm(),
        "period": period,
        "periods": [(key, label) for key, (label, _length) in PERIODS.items()],
        "trend": member_trend(segment, period, now=timezone.now()),
    }
    return render(request, "segments/segment.html", context)


def _first_members(request: HttpRequest, segment: Segment) -> list[dict[str, Any]]:
    if segment.snapshot is None:
        return []
    try:
        return first_members(segment.snapshot, limit=FIRST)
    except FileNotFoundError:
        messages.error(request, _("The stored members are missing. Refresh the segment."))
        return []
