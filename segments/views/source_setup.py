"""The page that sets up a source: looks at what it would read, then saves it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest
from config.problems import Description
from segments import incoming
from segments.columns import Column
from segments.forms.database import DatabaseForm
from segments.forms.reading import FilesForm, ReadingForm
from segments.forms.sources import NAME_TAKEN, SourceForm
from segments.forms.version import take_version
from segments.models import Source
from segments.problems import BadColumns, Refused, describe_problem
from segments.sources.previewing import Comparison, Preview, compare, preview
from segments.sources.saving import NameTaken, add_source, change_source

FILE_KINDS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
Where = ReadingForm | DatabaseForm | None


class SetUp:
    """One visit to the page of a source, which may be a new one.

    `where` says what is read and how; when that can be read, `form` says what its columns mean.
    Every button sends both, so that nothing that was entered is lost by looking.
    """

    template = "segments/source_set_up.html"

    def __init__(self, request: SignedInRequest, source: Source) -> None:
        self.request, self.source = request, source
        self.title = source.name
        self.posted = request.POST if request.method == "POST" else None
        self.is_looking = bool(self.posted) and request.POST.get("action") == "look"
        self.where = self._where()
        self.found = Preview()
        self.comparison: Comparison | None = None
        self.problem: Description | None = None
        self.current: Source | None = None

    def respond(self) -> HttpResponse:
        """Show the page, or save what was entered and go to the source."""
        settled = self._settle()
        if settled:
            self._look()
        form = self._form()
        saving = self.posted is not None and not self.is_looking
        if saving and settled and not self.problem and self._save(form):
            return redirect("segments:source_detail", self.source.pk)
        return render(self.request, self.template, self._context(form))

    def _where(self) -> Where:
        source = self.source
        if source.kind == Source.Kind.DATABASE:
            user = self.request.user
            return (
                DatabaseForm(self.posted, source=source, user=user)
                if user.is_administrator
                else None
            )
        if source.kind == Source.Kind.FILES:
            return FilesForm(self.posted, source=source)
        return ReadingForm(self.posted, source=source) if source.upload else None

    def _settle(self) -> bool:
        """Set on the source what is to be read; return whether that is known."""
        if self.posted is None:
            return bool(self.source.upload or self.source.pattern)
        if self.where is None:
            return True
        if not self.where.is_valid():
            return False
        self.where.apply(self.source)
        return True

    def _look(self) -> None:
        """Find out what would be read; a database is asked only when somebody wants it."""
        if self.where is None or (isinstance(self.where, DatabaseForm) and not self.is_looking):
            return
        try:
            self.found = preview(self.source)
        except Refused as error:
            self.problem = describe_problem(error.problem)
            if self.source.upload and isinstance(self.where, ReadingForm):
                self.where.show_refused(self.source.upload.original_name)
        inspection = self.found.inspection
        if isinstance(self.where, DatabaseForm):
            self.where.seal(self.source, inspection.columns if inspection else None)
        elif inspection:
            self.where.show(inspection)
        if inspection and self.source.table_id:
            self.comparison = compare(self.source, inspection.columns)

    def _form(self) -> SourceForm | None:
        """Return the form of name and columns; None while it is not known which there are."""
        columns = self._columns()
        if not columns:
            return None
        return SourceForm(self.posted, source=self.source, columns=columns, looking=self.is_looking)

    def _columns(self) -> list[Column]:
        known: list[Column] = self.source.columns
        if self.source.table_id:
            return known
        if self.found.inspection:
            found = self.found.inspection.columns
        elif isinstance(self.where, DatabaseForm) and self.where.attempt:
            found = self.where.attempt.columns or []
        else:
            return known
        by_name = {column["name"]: column for column in known}
        return [by_name.get(column["name"], column) for column in found]

    def _save(self, form: SourceForm | None) -> bool:
        """Save what was entered, or note what is wrong with it."""
        if isinstance(self.where, DatabaseForm) and not self.where.is_proven(self.source):
            self.where.add_error(None, _("Select Test first: this has not been tried yet."))
            return False
        if form is None or not form.is_valid():
            return False
        form.apply(self.source)
        if refusal := self._refusal():
            field = "key_column" if refusal["code"] == "key_gone" else None
            form.add_error(field, str(describe_problem(refusal)))
            return False
        return self._store(form)

    def _refusal(self) -> dict[str, Any] | None:
        """Return why what was found can't take the place of what the source has now."""
        if self.comparison is None:
            return None
        if self.comparison.uses:
            return {"code": "columns_used", "uses": self.comparison.uses}
        if self.source.key_column in self.comparison.gone:
            return {"code": "key_gone", "column": self.source.key_column}
        return None

    def _store(self, form: SourceForm) -> bool:
        user, now = self.request.user, timezone.now()
        try:
            if self.source.pk is None:
                add_source(source=self.source, user=user, now=now)
                messages.success(self.request, _("The source is saved, and is being read."))
            else:
                version = form.cleaned_data["version"] or 0
                change_source(source=self.source, version=version, user=user, now=now)
                messages.success(self.request, _("The source is saved."))
        except NameTaken:
            form.add_error("name", NAME_TAKEN)
        except BadColumns as error:
            field = "key_column" if error.problem["code"].startswith("key") else None
            form.add_error(field, str(describe_problem(error.problem)))
        except ChangedMeanwhile as error:
            take_version(form, error.current.version)
            self.current = error.current
        else:
            return True
        return False

    def _carried(self) -> list[tuple[str, Any]]:
        """Return what was said of columns that can't be shown now, for when they can be."""
        names = ("version", "name", "key_column", "meaning-", "description-")
        return [
            (name, value) for name, value in self.request.POST.items() if name.startswith(names)
        ]

    def _context(self, form: SourceForm | None) -> dict[str, Any]:
        inspection = self.found.inspection
        profiles = inspection.profiles if inspection else []
        return {
            "source": self.source,
            "title": self.title,
            "where": self.where,
            "place": incoming.place() if self.request.user.is_administrator else "",
            "form": form,
            "carried": [] if form else self._carried(),
            "columns": form.column_fields(profiles) if form else [],
            "inspection": inspection,
            "kind": FILE_KINDS.get(inspection.kind) if inspection else None,
            "names": [column["name"] for column in inspection.columns] if inspection else [],
            "profiles": [list(profile.values()) for profile in profiles],
            "found": self.found,
            "comparison": self.comparison,
            "problem": self.problem,
            "current": self.current,
        }
