"""What can be done to an export without its form: run, schedule, detach, remove."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import (
    SignedInRequest,
    administrator_required,
    contributor_required,
)
from exports.models import Export, Run
from exports.option_words import options_in_words
from exports.pipeline import AlreadyRunning, NotRunnable, start_run
from exports.pipeline.preview import NotPreviewable, make_preview
from exports.problems import describe_problem
from exports.services import (
    RunInProgress,
    detach_connection,
    remove_export,
    run_by_schedule_again,
)
from exports.wording import when_it_runs
from segments.models import Scheduled
from segments.views.schedules import Page, own_schedule


@require_POST
@contributor_required
def run_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """Run one export now, whether or not its schedule is active."""
    export = get_object_or_404(Export.objects.editable_by(request.user), pk=pk)
    return run_and_show(request, export)


def run_and_show(request: SignedInRequest, export: Export, **asked: Any) -> HttpResponse:
    """Start a run and lead to its page, or say why not and lead to the export's.

    What is `asked` besides is what start_run takes.
    """
    try:
        run = _start(request, export, **asked)
    except AlreadyRunning as error:
        messages.info(request, _("“%(name)s” is running already.") % {"name": export.name})
        return redirect("exports:run_detail", pk=error.run.pk)
    except NotRunnable as error:
        messages.error(request, str(describe_problem(error.problem, request.user)))
        return redirect("exports:detail", pk=export.pk)
    return redirect("exports:run_detail", pk=run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def run_fully(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then send everybody again, whether or not something changed.

    Counting takes a plan: the page comes first, and asks with `?counted` for what it would send.
    """
    exports = Export.objects.editable_by(request.user)
    exports = exports.select_related("connection__export_user")
    export = get_object_or_404(exports, pk=pk)
    if request.method == "POST":
        return run_and_show(request, export, scope=Run.Scope.FULL)
    context: dict[str, Any] = {"export": export, "safe": True}
    context["cancel_url"] = reverse("exports:detail", args=[pk])
    if "counted" in request.GET:
        context |= _full_delivery(export, request.user)
    is_part = getattr(request, "htmx", False)
    return render(request, f"exports/{'_full.html' if is_part else 'full.html'}", context)


def _full_delivery(export: Export, user: User) -> dict[str, Any]:
    """Return what sending everybody would do, or the problem that keeps it from being known."""
    segments = export.segments.select_related("source", "snapshot__table__source")
    segments = segments.select_related("snapshot__segment__source").order_by("pk")
    try:
        planned = make_preview(export=export, segments=list(segments), full=True, patience=0)
    except NotPreviewable as error:
        return {"problem": describe_problem(error.problem, user)}
    return {
        "planned": planned,
        "plan": planned.plan,
        "guards": [describe_problem(guard, user) for guard in planned.guards],
        "leavers": options_in_words(export)["leavers"],
    }


@require_POST
@contributor_required
def run_all(request: SignedInRequest) -> HttpResponse:
    """Run every export that has an active schedule and that this person may run."""
    active = Export.objects.editable_by(request.user).exclude(recurrence=Scheduled.Recurrence.OFF)
    exports = active.exclude(connection=None).select_related("connection").order_by("name")
    started, refusals = 0, []
    for export in exports:
        try:
            _start(request, export)
            started += 1
        except AlreadyRunning:
            refusals.append(_("“%(name)s” is running already.") % {"name": export.name})
        except NotRunnable as error:
            why = describe_problem(error.problem, request.user)
            refusals.append(_("“%(name)s”: %(why)s") % {"name": export.name, "why": why})
    _say_what_started(request, started, refusals)
    return redirect("exports:list")


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def schedule(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say when one export runs by itself."""
    export = get_object_or_404(Export.objects.editable_by(request.user), pk=pk)
    page = Page(
        _("Schedule export"),
        (reverse("exports:list"), _("Exports")),
        reverse("exports:detail", args=[pk]),
    )
    return own_schedule(request, export, page, say=when_it_runs)


@require_POST
@contributor_required
def unpause(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an export that was paused run by its schedule again."""
    export = get_object_or_404(Export.objects.editable_by(request.user), pk=pk)
    run_by_schedule_again(export=export)
    text = _("“%(name)s” runs by its schedule again.")
    messages.success(request, text % {"name": export.name})
    return redirect("exports:detail", pk=export.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def detach(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then take the connection off an export."""
    export = get_object_or_404(Export.objects.exclude(connection=None), pk=pk)
    if request.method == "POST":
        try:
            detach_connection(export=export, user=request.user, now=timezone.now())
        except RunInProgress as error:
            return _say_running(request, error.run)
        text = _("The connection is detached. “%(name)s” does not run until it has another one.")
        messages.success(request, text % {"name": export.name})
        return redirect("exports:detail", pk=export.pk)
    context = {"export": export, "cancel_url": reverse("exports:detail", args=[export.pk])}
    return render(request, "exports/detach.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then remove an export with its history."""
    export = get_object_or_404(Export.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        try:
            remove_export(export=export)
        except RunInProgress as error:
            return _say_running(request, error.run)
        messages.success(request, _("“%(name)s” is removed.") % {"name": export.name})
        return redirect("exports:list")
    context = {
        "export": export,
        "run_count": export.runs.count(),
        "cancel_url": reverse("exports:detail", args=[export.pk]),
    }
    return render(request, "exports/remove.html", context)


def _start(request: SignedInRequest, export: Export, **asked: Any) -> Run:
    return start_run(
        export=export,
        trigger=Run.Trigger.ON_DEMAND,
        user=request.user,
        now=timezone.now(),
        **asked,
    )


def _say_what_started(request: SignedInRequest, started: int, refusals: list[str]) -> None:
    if started:
        text = ngettext("%(count)d export was started.", "%(count)d exports were started.", started)
        messages.success(request, text % {"count": started})
    for refusal in refusals:
        messages.warning(request, refusal)
    if not started and not refusals:
        text = _("Nothing was started: no export that you may run has an active schedule.")
        messages.info(request, text)


def _say_running(request: SignedInRequest, run: Run) -> HttpResponse:
    text = _("“%(name)s” is running. Cancel the run or wait for its end, then try again.")
    messages.error(request, text % {"name": run.export.name})
    return redirect("exports:run_detail", pk=run.pk)
