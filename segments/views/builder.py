"""The page on which a segment is built; every button draws it anew, with or without script."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest, contributor_required
from config.keys import is_key
from segments.copies import copy_of
from segments.forms.rule import as_drawable, change_rule, read_rule
from segments.forms.rule_rows import Builder
from segments.forms.segments import NAME_TAKEN, SegmentForm
from segments.forms.version import take_version
from segments.models import Segment, Source
from segments.problems import describe_problem
from segments.rules.references import check_rule
from segments.rules.suggestions import Hints
from segments.rules.text import BadText, read_text, write_text
from segments.rules.tree import EVERYBODY, InvalidRule, Place, Problem
from segments.rules.words import describe_rule
from segments.services import NameTaken, save_segment
from segments.snapshots import NotRefreshed, count_members


@contributor_required
def add(request: SignedInRequest) -> HttpResponse:
    """Build a new segment, or a duplicate of another one; nothing exists until *Save*."""
    if not Source.objects.exists():
        return render(request, "segments/no_source.html")
    if is_key(key := request.GET.get("copy", "")):
        original = get_object_or_404(Segment.objects.select_related("source"), pk=int(key))
        return _Page(request, copy_of(original), {}).answer()
    sources = list(Source.objects.values_list("pk", flat=True)[:2])
    source = request.GET.get("source") or (sources[0] if len(sources) == 1 else None)
    return _Page(request, Segment(rule=EVERYBODY), {"source": source}).answer()


@contributor_required
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    return _Page(request, segment, {"version": segment.version}).answer()


class _Page:
    """One request for the page: the form, the rule, and what a button asks for."""

    def __init__(self, request: SignedInRequest, segment: Segment, initial: dict[str, Any]) -> None:
        self.request, self.segment = request, segment
        self.stored = None if segment.pk is None else segment
        self.do = request.POST.get("do", "")
        self.form = SegmentForm(
            request.POST if request.method == "POST" else None, instance=segment, initial=initial
        )
        self.source = self.form.chosen_source()
        self.rule, self.looked_at = as_drawable(segment.rule), None
        if request.method == "POST":
            columns = self.source.columns if self.source else []
            self.rule, self.looked_at = change_rule(read_rule(request.POST, columns), self.do)
        self.segments = self._other_segments()
        self.context: dict[str, Any] = {}

    def answer(self) -> HttpResponse:
        if self.request.method == "POST" and self.do == "save":
            return self.save()
        if self.request.method == "POST":
            # A button inside the rule doesn't judge what is not filled in yet.
            self.form.errors.clear()
        if self.do == "count":
            return self.count()
        return self.draw_rule(self.paste() if self.do == "paste" else {})

    def save(self) -> HttpResponse:
        errors = self.faults() if self.source else {}
        if errors:
            self.form.add_error(None, _("The rule is not complete: see the marked conditions."))
        if not self.form.is_valid():
            return self.draw("segments/edit.html", errors)
        segment = self.form.save(commit=False)
        segment.rule = self.rule
        version = self.form.cleaned_data["version"] or 0 if self.stored else None
        try:
            save_segment(
                segment=segment, version=version, user=self.request.user, now=timezone.now()
            )
        except NameTaken:
            self.form.add_error("name", NAME_TAKEN)
            return self.draw("segments/edit.html")
        except ChangedMeanwhile as error:
            take_version(self.form, error.current.version)
            self.context["current"] = error.current
            return self.draw("segments/edit.html")
        messages.success(self.request, _("The segment is saved."))
        return redirect("segments:detail", segment.pk)

    def count(self) -> HttpResponse:
        """Say how many members the rule has now, and show ten of them."""
        self.context["is_counted"] = True
        if self.source is not None:
            try:
                self.context["counted"] = count_members(
                    source=self.source, rule=self.rule, now=timezone.now(), segment=self.stored
                )
            except InvalidRule as error:
                self.context["incomplete"] = describe_problem(error.problem)
            except NotRefreshed as error:
                self.context["problem"] = describe_problem(error.problem)
        return self.draw("segments/_members.html" if self.is_fragment else "segments/edit.html")

    def paste(self) -> dict[Place, Problem]:
        """Replace the rule by the one in the text; return what of it doesn't fit the source."""
        text = self.request.POST.get("rule_text", "")
        try:
            self.rule = read_text(text, [*self.segments, *filter(None, [self.stored])])
        except BadText as error:
            self.context |= {"pasted": text, "unreadable": describe_problem(error.problem)}
            return {}
        self.context["pasted"] = ""
        return self.faults()

    def faults(self) -> dict[Place, Problem]:
        try:
            if self.source is not None:
                check_rule(self.source, self.rule, segment=self.stored)
        except InvalidRule as error:
            return dict(error.errors)
        return {}

    def draw_rule(self, errors: dict[Place, Problem]) -> HttpResponse:
        return self.draw(
            "segments/_rule.html" if self.is_fragment else "segments/edit.html", errors
        )

    def draw(self, template: str, errors: dict[Place, Problem] | None = None) -> HttpResponse:
        builder = Builder(Hints(self.source), self.segments, errors or {}, self.looked_at)
        columns = self.source.columns if self.source else []
        context = {
            "form": self.form,
            "segment": self.stored,
            "source": self.source,
            "group": builder.draw(self.rule),
            "sentence": "" if self.faults() else describe_rule(self.rule, columns),
            "rule_text": write_text(self.rule),
            "pasted": self.request.POST.get("rule_text", ""),
            **self.context,
        }
        return render(self.request, template, context)

    @property
    def is_fragment(self) -> bool:
        return bool(getattr(self.request, "htmx", False))

    def _other_segments(self) -> list[Segment]:
        if self.source is None:
            return []
        return list(self.source.segments.exclude(pk=self.segment.pk).order_by("name"))
