"""The list of segments."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.permissions import SignedInRequest
from config.sorting import headings
from segments.listing import STATES, list_segments
from segments.models import Segment
from segments.refreshes.standing import standings_of
from segments.tags import all_tags

# The columns, each with what it may be sorted by.
COLUMNS = (
    {"name": _("Display name")},
    {"kind": _("Type"), "state": _("State")},
    {"status": _("Status")},
    {"members": _("Members")},
    {"refreshed": _("Last refreshed")},
    {"schedule": _("Schedule")},
    {"exports": _("Used by")},
)
NUMBERS = ("members",)


@require_GET
def show_list(request: SignedInRequest) -> HttpResponse:
    """Show the segments, or how to build the first one; htmx asks for the table alone."""
    listing = list_segments(request.GET)
    standings = standings_of(list(listing.page), reader=request.user)
    context: dict[str, Any] = {
        "listing": listing,
        "page": listing.page,
        "rows": [(segment, standings[segment.pk]) for segment in listing.page],
        "columns": headings(COLUMNS, listing.sort),
        "tags": all_tags(),
        "kinds": Segment.Kind.choices,
        "states": STATES,
        "asked": request.GET.urlencode(),
    }
    template = "_list.html" if getattr(request, "htmx", False) else "segments.html"
    return render(request, f"segments/{template}", context)
