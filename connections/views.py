"""The list of connections, and setting one up: for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import SignedInRequest, administrator_required
from config.listing import render_list
from connections import drafts
from connections.listing import CONNECTIONS, list_connections
from connections.presenting import show_rows
from connections.proving import was_proven
from connections.setting_up import STEPS_MISSING, SetUp, open_own_draft


@administrator_required
@require_GET
def show_list(request: SignedInRequest) -> HttpResponse:
    """Show all connections, and what is wrong with each."""
    connections = list_connections(request.user)
    listed = CONNECTIONS.of(connections, request)
    listed.page.object_list = show_rows(listed.page.object_list, request.user)
    every = show_rows(connections.order_by("name"), request.user)
    context = {"stopped": [row for row in every if row.problem], "commands": True}
    return render_list(request, "connections/list.html", listed, context)


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
