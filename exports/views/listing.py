"""The list of exports."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from config.sorting import headings
from connections.models import Connection
from exports.listing import STATUSES, list_exports
from exports.wording import next_refresh_at
from segments.models import Segment

# The columns, each with what it may be sorted by; Type is the same for all.
COLUMNS = (
    {"name": _("Display name")},
    {"connection": _("Connection used")},
    {"segments": _("Segments")},
    {"status": _("Status")},
    {"last_run": _("Last run")},
    {"schedule": _("Schedule")},
    {"permissions": _("Your permissions")},
    {"updated": _("Last updated"), "updated_by": _("Updated by")},
)


@require_safe
def export_list(request: SignedInRequest) -> HttpResponse:
    """Show the exports, or what is missing before there can be one."""
    listing = list_exports(request.GET, request.user)
    context = {
        "listing": listing,
        "page": listing.page,
        "columns": headings(COLUMNS, listing.sort),
        "statuses": STATUSES,
        "next_due": next_refresh_at(),
        "now": timezone.now(),
    }
    if not listing.any:
        context |= missing_for(request.user)
    return render(request, "exports/_list.html" if request.htmx else "exports/list.html", context)


def missing_for(user: User) -> dict[str, object]:
    """Return what stands between `user` and an export, for pages that lead there."""
    return {
        "has_segments": Segment.objects.exists(),
        "has_connection": Connection.objects.usable_by(user).exists(),
        "administrators": User.objects.active_administrators().order_by("full_name", "email"),
    }
