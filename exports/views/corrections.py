"""Rejects that people put right: their corrections taken, or just tried once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest, contributor_required
from config.fields import cipher
from config.problems import Description
from exports.corrections.reading import NotCorrections, Understood, understand
from exports.corrections.storing import (
    count_corrected,
    drop_corrections,
    take_corrections,
    write_corrections,
)
from exports.forms import CorrectionsForm
from exports.mapping import Mapping
from exports.models import Export, Run
from exports.pipeline.planning.values import value_columns
from exports.problems import describe_problem
from exports.views.commands import run_and_show
from segments.problems import BadFile
from segments.problems import describe_problem as describe_file

# How long a file that was understood waits for its confirmation; retention keeps it as long.
KEPT_SECONDS = 24 * 60 * 60
# Rows of each kind that a preview shows.
SHOWN = 50


@dataclass(frozen=True)
class Pending:
    """Corrections that wait for somebody's word; they travel with the page, sealed."""

    user: int
    run: int
    file: str
    rows: int
    # Of the rows, those that hold until their source is refreshed: it has no key.
    once: int = 0

    def seal(self) -> str:
        return cipher().encrypt(json.dumps(vars(self)).encode()).decode()

    @classmethod
    def unseal(cls, sealed: str, *, user: int, run: int) -> Pending | None:
        """Return what was sealed for this person and run; None when it is not, or is old."""
        try:
            pending = cls(**json.loads(cipher().decrypt(sealed.encode(), ttl=KEPT_SECONDS)))
        except InvalidToken:
            return None
        return pending if (pending.user, pending.run) == (user, run) else None


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a corrected file of rejects, and show what was understood before anything is kept."""
    run = _editable_run(request, pk)
    form = CorrectionsForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"run": run, "form": form, "max_bytes": settings.MAX_UPLOAD_BYTES}
    if request.method == "POST" and form.is_valid():
        try:
            found = understand(run, _path(form.cleaned_data["file"]))
        except (BadFile, NotCorrections) as error:
            form.add_error("file", str(_described(error)))
        else:
            return render(request, "exports/corrections.html", _preview(request, run, found))
    return render(request, "exports/correct.html", context)


@require_POST
@contributor_required
def deliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the corrections that were shown, and deliver the rejects of the run with them."""
    run = _editable_run(request, pk)
    sealed = request.POST.get("pending", "")
    pending = Pending.unseal(sealed, user=request.user.pk, run=run.pk)
    if pending is None or not _take(run, pending):
        messages.error(request, _("The corrections were not taken: upload the file once more."))
        return redirect("exports:correct", pk=run.pk)
    messages.success(request, " ".join(_said_of(pending)))
    return run_and_show(request, run.export, scope=Run.Scope.REJECTS, rejects_of=run)


@require_POST
@contributor_required
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Deliver the rejects of a run once more, as they are now."""
    run = _editable_run(request, pk)
    return run_and_show(request, run.export, scope=Run.Scope.REJECTS, rejects_of=run)


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then forget what was corrected by hand."""
    export = get_object_or_404(Export.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        drop_corrections(export=export)
        messages.info(request, _("The corrections are gone: values are what the source says."))
        return redirect("exports:detail", pk=export.pk)
    context = {
        "export": export,
        "corrected": count_corrected(export),
        "cancel_url": reverse("exports:detail", args=[export.pk]),
    }
    return render(request, "exports/drop_corrections.html", context)


def _take(run: Run, pending: Pending) -> bool:
    try:
        take_corrections(export=run.export, file=pending.file)
    except FileNotFoundError:
        return False
    return True


def _said_of(pending: Pending) -> Iterator[str]:
    """Yield for how long corrections are kept: not all are known again after a refresh."""
    if lasting := pending.rows - pending.once:
        text = ngettext(
            "%(rows)s corrected row is kept, and used whenever the export runs.",
            "%(rows)s corrected rows are kept, and used whenever the export runs.",
            lasting,
        )
        yield text % {"rows": lasting}
    if pending.once:
        text = ngettext(
            "%(rows)s corrected row is used until its source is refreshed: without a key, the "
            "source doesn’t say who is who afterwards.",
            "%(rows)s corrected rows are used until their source is refreshed: without a key, the "
            "source doesn’t say who is who afterwards.",
            pending.once,
        )
        yield text % {"rows": pending.once}


def _preview(request: SignedInRequest, run: Run, found: Understood) -> dict[str, Any]:
    labels = {name: field.label for field, name in value_columns(Mapping.from_json(run.mapping))}
    pending = ""
    if found.corrected:
        file = write_corrections(found.corrections)
        rows, once = len(found.corrected), sum(row.holds_once for row in found.corrected)
        pending = Pending(request.user.pk, run.pk, file, rows, once).seal()
    return {
        "run": run,
        "found": found,
        "pending": pending,
        "hold_once": any(row.holds_once for row in found.corrected),
        "corrected": [
            (row.row, [(labels[each.target], each) for each in row.corrections])
            for row in found.corrected[:SHOWN]
        ],
        "faults": [describe_problem(fault, request.user) for fault in found.faults[:SHOWN]],
        "more_faults": len(found.faults) - SHOWN,
        "more_corrected": len(found.corrected) - SHOWN,
    }


def _described(error: BadFile | NotCorrections) -> Description | None:
    if isinstance(error, BadFile):
        return describe_file(error.problem)
    return describe_problem(error.problem)


def _path(file: Any) -> str:
    """Return where the upload lies on disk: uploads are never held in memory."""
    assert isinstance(file, TemporaryUploadedFile)  # noqa: S101  # FILE_UPLOAD_HANDLERS
    return file.temporary_file_path()


def _editable_run(request: SignedInRequest, pk: int) -> Run:
    editable = Export.objects.editable_by(request.user)
    finished = Run.objects.for_pages().filter(status__in=Run.FINISHED)
    run: Run = get_object_or_404(finished.filter(export__in=editable), pk=pk)
    return run
