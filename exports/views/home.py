"""The first page: what needs somebody, what runs and ran, what comes next, and how to begin."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from config.polling import STOP_POLLING
from config.undo import say_done
from exports.home.calendar import calendar_of
from exports.home.delivered import ended_since_yesterday, last_days, under_way_and_ended
from exports.home.first_steps import first_steps
from exports.home.needs import needs_of
from exports.home.rejects import biggest_reasons
from exports.models import Run
from exports.outlook import attach_outlooks
from segments.models import RefreshSchedule

# Of what runs, and of what ended since yesterday; the list of all runs shows the rest.
RUNNING = 6
LATEST = 8


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show what is fine, what is not, and what to do."""
    now = timezone.now()
    days = last_days(now)
    running, ended = under_way_and_ended(now)
    schedule = RefreshSchedule.objects.current()
    needs = needs_of(request.user)
    told = {need.run_id for need in needs}
    context: dict[str, Any] = {
        "steps": first_steps(request.user),
        "needs": needs,
        "running": running,
        "latest": [run for run in ended if run.pk not in told][:LATEST],
        "ended": [(Run.Status(status), count) for status, count in ended_since_yesterday(days)],
        "accepted": days[-1].accepted + days[-2].accepted,
        "days": [(day.on, day.accepted) for day in days],
        "has_delivered": any(day.accepted for day in days),
        "reasons": biggest_reasons(),
        "calendar": calendar_of(now, schedule),
        "schedule": schedule,
    }
    # Before there is an export, the way to the first one is all there is to say.
    context["is_new"] = any(step.is_export and not step.is_done for step in context["steps"])
    return render(request, "exports/home.html", context)


@require_safe
def running(request: SignedInRequest) -> HttpResponse:
    """Show what runs now, with what can be foretold; htmx asks for it until nothing does."""
    now = timezone.now()
    under_way = under_way_and_ended(now)[0]
    attach_outlooks(under_way[:RUNNING], now)
    context = {"running": under_way}
    status = 200 if under_way else STOP_POLLING
    return render(request, "exports/_running.html", context, status=status)


@require_POST
def dismiss_first_steps(request: SignedInRequest) -> HttpResponse:
    """Leave the first steps out of this person's first page, or take them back in."""
    is_dismissed = "again" not in request.POST
    User.objects.filter(pk=request.user.pk).update(dismissed_first_steps=is_dismissed)
    if is_dismissed:
        text = _("The first steps are not shown any more.")
        say_done(request, text, undo=reverse("first_steps"), values={"again": ["yes"]})
    return redirect("home")


# Apart from exports.urls, because these names have no namespace.
urlpatterns = [
    path("", home, name="home"),
    path("running/", running, name="home_running"),
    path("first-steps/", dismiss_first_steps, name="first_steps"),
]
