"""The list of segments."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.permissions import SignedInRequest
from config.listing import render_list
from segments.listing import SEGMENTS, list_segments
from segments.refreshes.standing import standings_of
from segments.tags import all_tags
from segments.views.bulk import bulk_for


@require_GET
def show_list(request: SignedInRequest) -> HttpResponse:
    """Show the segments, or how to build the first one."""
    listed = SEGMENTS.of(list_segments(), request)
    shown = list(listed.page.object_list)
    standings = standings_of(shown, reader=request.user)
    for segment in shown:
        segment.standing = standings[segment]
    listed.page.object_list = shown
    context = {
        "bulk": bulk_for(request.user),
        "commands": request.user.is_contributor,
        "tags": all_tags(),
    }
    return render_list(request, "segments/segments.html", listed, context)
