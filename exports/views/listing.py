"""The list of exports."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from config.listing import render_list
from connections.models import Connection
from exports.listing import EXPORTS, attach_last_runs, list_exports
from exports.views.drafts import drafts_of
from exports.views.several import bulk_for
from segments.models import Segment


@require_safe
def export_list(request: SignedInRequest) -> HttpResponse:
    """Show the exports, or what is missing before there can be one."""
    listed = EXPORTS.of(list_exports(request.user), request)
    attach_last_runs(listed.page.object_list)
    context: dict[str, Any] = {
        "bulk": bulk_for(request.user),
        "commands": request.user.is_contributor,
        "now": timezone.now(),
        "drafts": drafts_of(request.user),
    }
    if not listed.any:
        context |= missing_for(request.user)
    return render_list(request, "exports/list.html", listed, context)


def missing_for(user: User) -> dict[str, object]:
    """Return what stands between `user` and an export, for pages that lead there."""
    return {
        "has_segments": Segment.objects.exists(),
        "has_connection": Connection.objects.usable_by(user).exists(),
        "administrators": User.objects.active_administrators().order_by("full_name", "email"),
    }
