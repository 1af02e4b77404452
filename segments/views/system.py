"""The status page of the system: how refreshes go; its schedule is schedules.py."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import SignedInRequest, administrator_required
from segments.models import Refresh, RefreshSchedule, RefreshTask
from segments.problems import describe_problem
from segments.refreshes.starting import AlreadyRefreshing, cancel_refresh, start_refresh

LAST = 10
# htmx's sign that there is nothing more to poll for.
STOP_POLLING = 286


@require_GET
def status(request: HttpRequest) -> HttpResponse:
    """Show what is being refreshed, and how the last refreshes went; htmx asks for the part."""
    tasks = RefreshTask.objects.select_related("source", "segment").order_by("position")
    found = Refresh.objects.select_related("source", "started_by", "canceled_by")
    found = found.prefetch_related(Prefetch("tasks", tasks)).order_by("-pk")
    refreshes = [_drawn(refresh) for refresh in found[:LAST]]
    is_running = Refresh.objects.unfinished().exists()
    context = {
        "refreshes": refreshes,
        "is_running": is_running,
        "schedule": RefreshSchedule.objects.current(),
    }
    if not getattr(request, "htmx", False):
        return render(request, "segments/status.html", context)
    code = 200 if is_running else STOP_POLLING
    return render(request, "segments/_refreshes.html", context, status=code)


@administrator_required
@require_POST
def refresh_now(request: SignedInRequest) -> HttpResponse:
    """Refresh the whole system."""
    try:
        start_refresh(trigger=Refresh.Trigger.ON_DEMAND, user=request.user, now=timezone.now())
    except AlreadyRefreshing:
        messages.warning(request, _("A refresh is already under way."))
    else:
        messages.success(request, _("The refresh is queued."))
    return redirect("segments:status")


@administrator_required
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop a refresh."""
    refresh = get_object_or_404(Refresh, pk=pk)
    if cancel_refresh(refresh=refresh, user=request.user, now=timezone.now()):
        messages.success(request, _("The refresh is cancelled. What it had refreshed stays."))
    else:
        messages.info(request, _("The refresh had already ended."))
    return redirect("segments:status")


def _drawn(refresh: Refresh) -> dict[str, Any]:
    tasks = [(task, describe_problem(task.problem)) for task in refresh.tasks.all()]
    done = sum(task.status != RefreshTask.Status.QUEUED for task, _problem in tasks)
    return {"refresh": refresh, "tasks": tasks, "done": done}
