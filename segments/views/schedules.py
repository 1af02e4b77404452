"""Pages of schedules: of the whole system, and of one source, segment or export."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.authorship import ChangedMeanwhile
from accounts.models import User
from accounts.permissions import SignedInRequest, administrator_required, contributor_required
from config.undo import Values, say_done
from segments.forms.schedule import OwnScheduleForm, ScheduleForm
from segments.forms.version import take_version
from segments.models import RefreshSchedule, Segment, Source
from segments.schedules.dependents import left_without_news
from segments.schedules.due_times import afresh
from segments.schedules.own import save_own_schedule
from segments.schedules.preview import preview
from segments.schedules.wording import describe


@dataclass(frozen=True)
class Page:
    """What the page of a schedule says around its form."""

    heading: str
    # Address and name of the list that its subject is in.
    crumb: tuple[str, str]
    # The subject's own page.
    address: str
    # Something to know before anything is chosen.
    note: str = ""


@administrator_required
def system(request: SignedInRequest) -> HttpResponse:
    """Say when the whole system refreshes, and show what that would mean."""
    saved = draft = RefreshSchedule.objects.current()
    do, now = request.POST.get("do"), timezone.now()
    form = ScheduleForm(request.POST or None, schedule=saved, one_more=do == "add_time")
    context: dict[str, Any] = {"form": form}
    if do == "add_time":
        form.errors.clear()  # another time was asked for, nothing is to be judged yet
    elif form.is_bound and form.is_valid():
        draft = form.apply_to(afresh(saved))
        context["stale"] = left_without_news(before=saved, after=draft, now=now)
        if do == "save":
            context["current"] = _save(form, draft, request.user)
            if context["current"] is None:
                messages.success(request, _("The schedule is saved."))
                _name_stale(request, context["stale"])
                return redirect("segments:schedule")
    context["preview"] = None if form.errors else preview(draft, now)
    name = "_next_dates" if request.htmx else "schedule"
    return render(request, f"segments/{name}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def segment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say when one segment is refreshed."""
    found = get_object_or_404(Segment, pk=pk)
    note = ""
    if found.kind == Segment.Kind.STATIC:
        note = _("The segment is static: it is refreshed by hand only, until it is dynamic again.")
    page = Page(
        _("Schedule segment"),
        (reverse("segments:list"), _("Segments")),
        reverse("segments:detail", args=[pk]),
        note,
    )
    return own_schedule(request, found, page, say=_when_it_refreshes)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def source(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say when one source is refreshed; of databases administrators do."""
    page = Page(
        _("Schedule source"),
        (reverse("segments:sources"), _("Sources")),
        reverse("segments:source_detail", args=[pk]),
    )
    found = get_object_or_404(Source.objects.controlled_by(request.user), pk=pk)
    return own_schedule(request, found, page, say=_when_it_refreshes)


def own_schedule(
    request: SignedInRequest,
    subject: Any,
    page: Page,
    *,
    say: Callable[[Any], str],
) -> HttpResponse:
    """Show and save the schedule of a source, segment or export that this person may schedule.

    `say` words what has been saved. htmx asks for the next dates alone.
    """
    stored = OwnScheduleForm(scheduled=subject)
    form = OwnScheduleForm(request.POST or None, scheduled=subject)
    context: dict[str, Any] = {"form": form, "subject": subject, "page": page}
    draft = subject
    if form.is_bound and form.is_valid():
        draft = form.apply_to(afresh(subject))
        if request.POST.get("do") == "save":
            context["current"] = _save(form, draft, request.user)
            if context["current"] is None:
                values = _form_values(stored, draft.version)
                say_done(request, say(draft), undo=request.path, values=values)
                return redirect(page.address)
    context["preview"] = None if form.errors else preview(draft, timezone.now())
    name = "_next_dates" if request.htmx else "own_schedule"
    return render(request, f"segments/{name}.html", context)


def _form_values(form: OwnScheduleForm, version: int) -> Values:
    """Return what the form would send if it was saved as it is, over `version`."""
    shown = {field.html_name: field.value() for field in form}
    sent = shown | {"version": version, "do": "save"}
    return {
        name: value if isinstance(value, list) else [str(value)]
        for name, value in sent.items()
        if value is not None
    }


def _name_stale(request: SignedInRequest, stale: list[Any]) -> None:
    if stale:
        text = _(
            "These have schedules of their own but rely on the refresh, and some of their runs "
            "will now come before anything new: %(names)s."
        )
        messages.warning(request, text % {"names": ", ".join(str(each) for each in stale)})


def _when_it_refreshes(subject: Any) -> str:
    if subject.due_at is None:
        return _("The schedule is saved: %(schedule)s.") % {"schedule": describe(subject)}
    when = formats.date_format(timezone.localtime(subject.due_at), "DATETIME_FORMAT")
    return _("The schedule is saved. Next refresh: %(when)s.") % {"when": when}


def _save(form: OwnScheduleForm | ScheduleForm, draft: Any, user: User) -> Any:
    """Save what was filled in; return the version of somebody who saved meanwhile, else None."""
    version = form.cleaned_data["version"]
    try:
        save_own_schedule(subject=draft, version=version, user=user, now=timezone.now())
    except ChangedMeanwhile as error:
        take_version(form, error.current.version)
        return error.current
    return None
