"""Drafts of exports: where they go on, and how they end without being saved."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from exports.drafts import discard_draft
from exports.models import ExportDraft


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether to forget a draft, then forget it; the export it would change stays."""
    drafts = ExportDraft.objects.open_to(request.user).select_related("export")
    draft = get_object_or_404(drafts, pk=pk)
    export = draft.export
    back = reverse("exports:detail", args=[export.pk]) if export else reverse("exports:list")
    if request.method == "POST":
        discard_draft(draft=draft)
        messages.success(request, _("The draft is discarded."))
        return redirect(back)
    context = {"draft": draft, "cancel_url": back, "address": address_of(draft)}
    return render(request, "exports/discard.html", context)


def address_of(draft: ExportDraft) -> str:
    """Return where a draft is continued."""
    if draft.export_id:
        return reverse("exports:edit", args=[draft.export_id])
    return f"{reverse('exports:add')}?{urlencode({'draft': draft.key})}"


def drafts_of(user: User) -> list[tuple[ExportDraft, str]]:
    """Return what `user` may go on with, the newest first, each with its address."""
    if not user.is_contributor:
        return []
    drafts = ExportDraft.objects.open_to(user).select_related("export").order_by("-updated_at")
    return [(draft, address_of(draft)) for draft in drafts]
