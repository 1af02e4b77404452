"""The list of connections, and setting one up: for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import SignedInRequest, administrator_required
from connections import drafts
from connections.models import Connection
from connections.presenting import COLUMNS, show_rows
from connections.proving import was_proven
from connections.setting_up import STEPS_MISSING, SetUp, open_own_draft


@administrator_required
@require_GET
def list_connections(request: SignedInRequest) -> HttpResponse:
    """Show all connections, and what is wrong with each."""
    connections = (
        Connection.objects.manageable_by(request.user)
        .with_consent()
        .annotate(used_by=Count("exports"))
        .select_related("export_user", "created_by")
    )
    words, sort = request.GET.get("q", ""), request.GET.get("sort", "name")
    rows = show_rows(connections, request.user, words=words, sort=sort)
    columns = [(name, label) for name, (label, _key) in COLUMNS.items()]
    stopped = [row for row in rows if row.problem]
    context = {"rows": rows, "stopped": stopped, "words": words, "sort": sort, "columns": columns}
    return render(request, "connections/list.html", context)


@administrator_required
@never_cache
@sensitive_post_parameters("api_key")
@require_http_methods(["GET", "POST"])
def set_up(request: SignedInRequest, pk: int | None = None) -> HttpResponseBase:
    """Set up a new connection, or edit one."""
    page = SetUp(request, pk)
    return page.answer() if request.method == "POST" else page.show()


@administrator_required
@never_cache
@require_GET
def become_export_user(request: SignedInRequest, pk: int | None = None) -> HttpResponseBase:
    """Come back from re-authentication: it counts when it is newer than the click before it."""
    draft = open_own_draft(request, pk)
    if not was_proven(request, draft):
        messages.warning(
            request,
            translate("You did not confirm who you are. Select Add yourself as export user again."),
        )
    else:
        try:
            drafts.add_export_user(draft=draft, now=timezone.now())
        except drafts.Incomplete:
            messages.warning(request, str(STEPS_MISSING["connect"]))
    return redirect(reverse("connections:edit", args=[pk]) if pk else reverse("connections:add"))
