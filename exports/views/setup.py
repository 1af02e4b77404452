"""*Set up export*: add, edit and duplicate, with and without script."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.authorship import ChangedMeanwhile
from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from config.keys import is_key
from connections.models import Connection
from exports.destination import Destination, ListMissing, find_list, look_up
from exports.forms import ExportForm, kept, shown_list, too_many
from exports.list_ids import label_of
from exports.mapping import Mapping
from exports.matching import Matching
from exports.models import Export
from exports.option_fields import stored_options
from exports.option_words import options_in_words
from exports.services import NameTaken, save_export
from exports.setting_up import Setup
from exports.views.commands import run_and_show
from exports.views.listing import missing_for
from exports.views.preview import preview_context
from exports.wording import when_it_runs
from segments.forms.schedule import ScheduleChoice, entered_of
from segments.models import Segment, Source
from segments.schedules.preview import preview


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def add(request: SignedInRequest) -> HttpResponse:
    """Set up a new export; nothing exists until *Save*."""
    if request.method == "POST":
        return _answer(request, Export())
    connections = Connection.objects.usable_by(request.user)
    # The only one there is needs no choosing.
    only = connections.get().pk if len(connections) == 1 else None
    chosen = [int(pk) for pk in request.GET.getlist("segment") if is_key(pk)]
    return _open(request, Export(), {"connection": only, "segments": chosen})


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change an export; who may not is led to its page."""
    export = get_object_or_404(Export, pk=pk)
    if not Export.objects.editable_by(request.user).filter(pk=pk).exists():
        return redirect("exports:detail", pk=export.pk)
    if request.method == "POST":
        return _answer(request, export)
    return _open(request, export, _stored(export))


@require_http_methods(["GET", "HEAD"])
@contributor_required
def duplicate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the form of a new export, filled in like another one."""
    original = get_object_or_404(Export, pk=pk)
    initial = _stored(original) | {"name": _free_name(original.name), "version": 0}
    if _usable(original.connection_id, request.user) is None:
        initial["connection"] = None
    copy = Export(mapping=original.mapping, leaver_field_title=original.leaver_field_title)
    return _open(request, copy, initial)


def _open(request: SignedInRequest, export: Export, initial: dict[str, Any]) -> HttpResponse:
    """Show the form for the first time."""
    destination = look_up(_usable(initial["connection"], request.user), request.user)
    segments = _segments(initial["segments"])
    if "list_id" in initial:
        initial["list_id"] = shown_list(str(initial["list_id"]), destination)
    initial.setdefault("version", 0)
    mapping = Mapping.from_json(export.mapping)
    matching = Matching.of(mapping, _sources(segments), destination.fields)
    if mapping:
        matching.check_columns()
        matching.decline_rest()
    elif segments:
        matching.suggest()
    form = ExportForm(
        instance=export,
        user=request.user,
        destination=destination,
        matching=matching,
        initial=initial,
    )
    return _show(request, Setup(export, form, matching, destination, segments))


def _answer(request: SignedInRequest, export: Export) -> HttpResponse:
    """Do what the pressed button says; a change without a button only shows the form again."""
    action = request.POST.get("action", "")
    destination = look_up(_usable(request.POST.get("connection"), request.user), request.user)
    segments = _segments(request.POST.getlist("segments"))
    matching = Matching.posted(request.POST, _sources(segments), destination.fields)
    if action in ("save", "save_and_run", "preview"):
        form = ExportForm(
            _tidied(request.POST, destination),
            instance=export,
            user=request.user,
            destination=destination,
            matching=matching,
        )
        setup = Setup(export, form, matching, destination, segments)
        if action == "preview":
            return _preview(request, setup)
        return _save(request, setup, and_run=action == "save_and_run")
    if action == "add":
        matching.add(request.POST.get("attribute", ""))
    elif action.startswith("remove-") and is_key(action.removeprefix("remove-")):
        matching.remove(int(action.removeprefix("remove-")))
    elif segments and not export.pk and not _chooses_column(request):
        matching.suggest()
    initial = kept(request.POST)
    initial["list_id"] = shown_list(initial["list_id"], destination)
    form = ExportForm(
        instance=export,
        user=request.user,
        destination=destination,
        matching=matching,
        initial=initial,
    )
    return _show(request, Setup(export, form, matching, destination, segments))


def _chooses_column(request: SignedInRequest) -> bool:
    """Tell whether a column was chosen: rows stay put while arrow keys pass over its options."""
    return bool(request.htmx) and request.htmx.trigger_name == "row_column"


def _save(request: SignedInRequest, setup: Setup, *, and_run: bool) -> HttpResponse:
    """Store what was entered, or show again what is wrong with it."""
    form, matching = setup.form, setup.matching
    matched = matching.check(account_answers=setup.destination.answers)
    if not (form.is_valid() and matched and _list_exists(request, setup)):
        return _show(request, setup)
    export = setup.export
    export.list_id = form.cleaned_data["list_id"]
    export.mapping = matching.mapping.to_json()
    form.apply_to(export)
    form.apply_options(export)
    resend = setup.resend()
    try:
        save_export(
            export=export,
            segments=form.cleaned_data["segments"],
            expected=form.cleaned_data["version"],
            user=request.user,
            now=timezone.now(),
        )
    except ChangedMeanwhile as error:
        return _show(request, _against(setup, error.current, request), changed=error.current)
    except NameTaken:
        form.add_error("name", _("Another export has this name. Choose another one."))
        return _show(request, setup)
    if and_run:
        return run_and_show(request, export)
    saved = _("“%(name)s” is saved.") % {"name": export.name}
    messages.success(request, f"{saved} {when_it_runs(export)}")
    if resend:
        messages.info(request, str(resend))
    return redirect("exports:detail", pk=export.pk)


def _preview(request: SignedInRequest, setup: Setup) -> HttpResponse:
    """Show what a run would do if this were saved, or what is wrong with what was entered."""
    matched = setup.matching.check(account_answers=setup.destination.answers)
    draft = setup.draft() if setup.form.is_valid() and matched else None
    if draft is None:
        return _show(request, setup)
    previewed = preview_context(draft, setup.segments, setup.destination, request.user)
    return _show(request, setup, previewed=previewed)


def _list_exists(request: SignedInRequest, setup: Setup) -> bool:
    """Ask the account for the list; without an answer it is asked again when the export runs."""
    list_id = setup.form.cleaned_data["list_id"]
    try:
        found = find_list(setup.destination, list_id, request.user)
    except ListMissing as error:
        setup.form.add_error("list_id", str(error.description))
        return False
    if found is None:
        text = _("The account did not answer, so the list is checked when the export runs.")
        messages.warning(request, text)
    setup.export.list_name = found.name if found else ""
    return True


def _show(
    request: SignedInRequest,
    setup: Setup,
    changed: Export | None = None,
    previewed: dict[str, Any] | None = None,
) -> HttpResponse:
    setup.matching.illustrate()
    context = {
        "setup": setup,
        "form": setup.form,
        "matching": setup.matching,
        "destination": setup.destination,
        "stored": setup.stored,
        "changed": changed,
        "address": _address(setup.export),
        "list_labels": [label_of(found) for found in setup.destination.lists],
        "removed": request.POST.get("action", "").startswith("remove-"),
        "too_many": too_many(setup.segments),
        "max_members": settings.MAX_MEMBERS,
        "conflicts": setup.conflicts(),
        "resend": setup.resend(),
        "options": options_in_words(setup.form.drafted),
        **_schedule(request, setup.form),
        **missing_for(request.user),
        **(previewed or {}),
    }
    return render(request, "exports/_setup.html" if request.htmx else "exports/setup.html", context)


def _schedule(request: SignedInRequest, form: ExportForm) -> dict[str, Any]:
    """Return what the schedule as it stands in the form means, before anything is saved."""
    entered = request.POST if request.method == "POST" else form.initial
    choice = ScheduleChoice(entered, scheduled=Export())
    drafted = choice.apply_to(Export()) if choice.is_valid() else None
    return {"choice": choice, "preview": drafted and preview(drafted, timezone.now())}


def _address(export: Export) -> str:
    """Return where the form goes: a duplicate is a new export as soon as it is sent."""
    return reverse("exports:edit", args=[export.pk]) if export.pk else reverse("exports:add")


def _against(setup: Setup, current: Export, request: SignedInRequest) -> Setup:
    """Return the form as it was filled in, now against the version of the other person."""
    initial = kept(request.POST) | {"version": current.version}
    initial["list_id"] = shown_list(initial["list_id"], setup.destination)
    form = ExportForm(
        instance=current,
        user=request.user,
        destination=setup.destination,
        matching=setup.matching,
        initial=initial,
    )
    return Setup(current, form, setup.matching, setup.destination, setup.segments)


def _stored(export: Export) -> dict[str, Any]:
    return {
        "connection": export.connection_id,
        "name": export.name,
        "list_id": export.list_id,
        "segments": list(export.segments.values_list("pk", flat=True)),
        **entered_of(export),
        **stored_options(export),
        "version": export.version,
    }


def _tidied(data: QueryDict, destination: Destination) -> QueryDict:
    """Return the data with a pasted address reduced to the list it names, so that it shows so.

    Segments that no database can have are left out; Django's field would ask for them.
    """
    shown = data.copy()
    shown.setlist("segments", [pk for pk in data.getlist("segments") if is_key(pk)])
    shown["list_id"] = shown_list(data.get("list_id", ""), destination)
    return shown


def _usable(pk: Any, user: User) -> Connection | None:
    if not is_key(str(pk)):
        return None
    return Connection.objects.usable_by(user).filter(pk=int(pk)).first()


def _segments(pks: list[Any]) -> list[Segment]:
    wanted = [int(pk) for pk in pks if is_key(str(pk))]
    chosen = Segment.objects.filter(pk__in=wanted).select_related("source__table", "snapshot")
    return list(chosen.order_by("name"))


def _sources(segments: list[Segment]) -> list[Source]:
    return list({segment.source_id: segment.source for segment in segments}.values())


def _free_name(name: str) -> str:
    """Return a name for a copy that no export has yet."""
    for number in range(1, 1000):
        copy = _("%(name)s (copy)") if number == 1 else _("%(name)s (copy %(number)s)")
        # Room for the longest of these endings.
        proposed = copy % {"name": name[:100], "number": number}
        if not Export.objects.filter(name=proposed).exists():
            break
    return proposed
