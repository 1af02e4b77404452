"""The living page of the design system, for development: /styleguide/ while DEBUG is on."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from config import styleguide_samples as samples
from config.listing import Bulk
from config.undo import say_done

ICONS = settings.BASE_DIR / "templates/components/icons"
# Pages that are hard to come by.
FAILURES = ("400", "403", "403_csrf", "404", "429", "500", "503")
OUT_OF_REACH = {
    "happened": "The folder with Facteur’s files can’t be read.",
    "todo": "Tell an administrator of this installation, then try again.",
}


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Display name", help_text="What it is for.")
    email = forms.EmailField(label="E-mail address")
    list_id = forms.IntegerField(label="List ID", required=False)
    when = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}), required=False)
    country = forms.ChoiceField(label="Country", choices=[("fr", "France"), ("ca", "Canada")])
    notes = forms.CharField(label="Notes", widget=forms.Textarea({"rows": 3}), required=False)
    file = forms.FileField(label="File", help_text="CSV, up to 2 GB.")
    schedule = forms.ChoiceField(
        label="Schedule",
        choices=[("refresh", "With each scheduled refresh"), ("off", "Off")],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="Days",
        choices=[("1", "Monday"), ("2", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agree = forms.BooleanField(label="I agree", help_text="Version 2026-11.")


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every part that pages are made of."""
    if "ask" in request.GET:
        return render(request, "styleguide_question.html", {"cancel_url": request.path})
    if (failure := request.GET.get("failure")) in FAILURES:
        return render(request, f"{failure}.html", {"problem": OUT_OF_REACH})
    if "messages" in request.GET:
        say_done(request, "3 segments are static now.", undo=request.path)
        messages.success(request, "The export is saved.")
        messages.error(request, "The connection could not be removed: two exports use it.")
    return render(request, "styleguide.html", _parts())


def _parts() -> dict[str, Any]:
    now = timezone.now()
    return {
        "statuses": samples.STATUSES,
        "kinds": ["info", "good", "warn", "bad"],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "email": "nobody", "list_id": "x"}, prefix="wrong"),
        "checks": samples.CHECKS,
        "steps": samples.STEPS,
        "summary": samples.SUMMARY,
        "figures": samples.FIGURES,
        "total": sum(count for _, count, _ in samples.FIGURES),
        "commands": samples.COMMANDS,
        "listed": samples.listed(),
        "bulk": Bulk("", "sample", [("run", "Run"), ("remove", "Remove")]),
        "run": {"status": "sending"},
        "phases": samples.phases(now),
        "climb": [
            (now - timedelta(days=len(samples.CLIMB) - at), count)
            for at, count in enumerate(samples.CLIMB)
        ],
        "daily": [
            (now.date() - timedelta(days=len(samples.DAILY) - at), count)
            for at, count in enumerate(samples.DAILY)
        ],
        "daily_counts": samples.DAILY,
        "seconds": samples.SECONDS,
        "icons": [f"components/icons/{path.name}" for path in sorted(ICONS.glob("*.html"))],
        "failures": FAILURES,
        "now": now,
        "changed": {"updated_by": "Amélie Laurent", "updated_at": now},
    }
