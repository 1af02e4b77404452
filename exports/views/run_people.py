"""Who was in a run: those rejected, those held back, and what became of one person."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from config.spreadsheets import csv_response
from exports.corrections.download import write_rejects_csv
from exports.figures import ACTIONS, OUTCOMES, why_held
from exports.forms import PersonForm
from exports.pipeline.outcomes import (
    count_rejects,
    fates,
    find_person,
    held_rows,
    reasons_in,
    rejects_in,
)
from exports.views.runs import PAGE_SIZE, can_edit, rejects_part, run_of_page


@require_safe
def run_rejects(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show who could not be delivered, and why: everybody, or those for one reason."""
    run = run_of_page(pk)
    with fates(run) as db:
        reasons = reasons_in(db, run)
        reason = next((each for each in reasons if each.key == request.GET.get("reason")), None)
        count = reason.count if reason else count_rejects(run)
        key = reason.key if reason else ""
        people = _People(count, partial(rejects_in, db, run, reason=key))
        page = _page_of(people, request) if reasons else None
    context = {
        "run": run,
        "page": page,
        "reasons": reasons,
        "reason": reason,
        **rejects_part(request, run, may_edit=can_edit(request, run)),
        "is_gone": run.rejects and not run.plan,
    }
    return render(request, "exports/rejects.html", context)


@require_safe
def run_held(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show who was not sent for their own sake: everybody, or those for one reason."""
    run = run_of_page(pk)
    whys = why_held(run)
    why = next((each for each in whys if each.code == request.GET.get("reason")), None)
    count = why.count if why else run.held_back
    people = _People(count, partial(held_rows, run, reason=why.code if why else ""))
    context = {
        "run": run,
        "page": _page_of(people, request) if run.plan and count else None,
        "whys": whys,
        "why": why,
        "is_gone": run.held_back and not run.plan,
    }
    return render(request, "exports/held.html", context)


@require_safe
def rejects_csv(request: SignedInRequest, pk: int) -> FileResponse:
    """Hand out all rejects of a run as a file for spreadsheets."""
    run = run_of_page(pk)
    name = f"facteur-run-{run.pk}-rejects.csv"
    return csv_response(partial(write_rejects_csv, run), name=name)


@require_POST
def find_in_run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what became of one person; by POST, because an address belongs in no URL."""
    run = run_of_page(pk)
    form = PersonForm(request.POST)
    context: dict[str, Any] = {"run": run, "form": form}
    if form.is_valid():
        found = find_person(run, form.cleaned_data["email"])
        context["people"] = [
            (OUTCOMES[person.outcome], ACTIONS.get(person.action), person) for person in found
        ]
    return render(request, "exports/person.html", context)


class _People(Sequence[Any]):
    """People of a run as the paginator wants them: counted, and read a page at a time."""

    def __init__(self, count: int, read: Callable[..., Sequence[Any]]) -> None:
        self._count, self._read = count, read

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: Any) -> Any:
        return self._read(limit=part.stop - part.start, offset=part.start)


def _page_of(people: _People, request: SignedInRequest) -> Page[Any]:
    return Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
