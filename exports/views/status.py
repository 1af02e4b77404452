"""How the whole system stands, and how each refresh went: sources, segments, exports."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest, administrator_required
from config.polling import STOP_POLLING
from exports.chain import whole_chain
from exports.progress import progress_of
from segments.models import Refresh, RefreshSchedule
from segments.refreshes.starting import AlreadyRefreshing, cancel_refresh, start_refresh

LAST = 8


@require_safe
def status(request: SignedInRequest) -> HttpResponse:
    """Show the chain of sources, segments and exports; htmx asks for it again while it moves."""
    refreshes = Refresh.objects.for_pages()
    chain = whole_chain(reader=request.user)
    context = {
        "chain": chain,
        "refreshes": list(refreshes[:LAST]),
        "schedule": RefreshSchedule.objects.current(),
    }
    return _page_or_part(request, "status.html", "_chain.html", context, chain.is_busy)


@require_safe
def refresh_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the progress details of a refresh: sources, segments, and the runs that follow.

    With `?all` in the address all of them, otherwise the first of each.
    """
    refresh = get_object_or_404(Refresh.objects.for_pages(), pk=pk)
    everything = "all" in request.GET
    progress = progress_of(refresh, reader=request.user, everything=everything)
    context = {"refresh": refresh, "progress": progress, "everything": everything}
    return _page_or_part(request, "refresh.html", "_refresh.html", context, progress.is_busy)


@administrator_required
@require_POST
def refresh_now(request: SignedInRequest) -> HttpResponse:
    """Refresh the whole system."""
    try:
        refresh = start_refresh(
            trigger=Refresh.Trigger.ON_DEMAND, user=request.user, now=timezone.now()
        )
    except AlreadyRefreshing as error:
        messages.warning(request, _("A refresh is already under way."))
        refresh = error.refresh
    else:
        messages.success(request, _("The refresh is queued."))
    return redirect("exports:refresh_detail", refresh.pk)


@administrator_required
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop a refresh."""
    refresh = get_object_or_404(Refresh, pk=pk)
    if cancel_refresh(refresh=refresh, user=request.user, now=timezone.now()):
        messages.success(request, _("The refresh is canceled. What it had refreshed stays."))
    else:
        messages.info(request, _("The refresh had already ended."))
    return redirect("exports:refresh_detail", refresh.pk)


def _page_or_part(
    request: SignedInRequest, page: str, part: str, context: dict[str, Any], is_busy: bool
) -> HttpResponse:
    """Return a page, or the part of it that htmx asks for again until nothing moves."""
    if not getattr(request, "htmx", False):
        return render(request, f"exports/{page}", context)
    return render(request, f"exports/{part}", context, status=200 if is_busy else STOP_POLLING)
