"""The living page of the design system, for development: /styleguide/ while DEBUG is on."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

ICONS = settings.BASE_DIR / "templates/components/icons"
STEPS = [
    {"name": name, "state": state, "text": text, "todo": todo}
    for name, state, text, todo in (
        ("The name resolves", "passed", "acme.api-us1.com has an address.", ""),
        ("The connection is encrypted", "passed", "The certificate fits.", ""),
        (
            "The key is accepted",
            "failed",
            "ActiveCampaign refused the key (403).",
            "Copy the key again: Settings > Developer > Key.",
        ),
        ("The account answers", "running", "", ""),
        ("The lists can be read", "waiting", "", ""),
        ("The custom fields can be read", "skipped", "", ""),
    )
]
FIGURES = [
    ("Unchanged", 9_200, "idle"),
    ("Accepted", 3_061, "good"),
    ("Rejected before sending", 37, "warn"),
    ("Rejected by ActiveCampaign", 4, "bad"),
    ("Not attempted", 0, "busy"),
]
COMMANDS = [
    {"address": "#", "label": "View"},
    {"address": "#", "label": "Edit"},
    {"address": "?ask=1", "label": "Remove", "dialog": True, "danger": True},
]
STATUSES = [
    ("queued", "Queued"),
    ("planning", "Planning"),
    ("needs_approval", "Needs approval"),
    ("sending", "Sending"),
    ("confirming", "Confirming"),
    ("successful", "Successful"),
    ("with_rejects", "Completed with rejects"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
    ("skipped", "Skipped"),
]


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
    if "messages" in request.GET:
        messages.success(request, "The export is saved.")
        messages.error(request, "The connection could not be removed: two exports use it.")
    return render(request, "styleguide.html", _parts())


def _parts() -> dict[str, Any]:
    return {
        "statuses": STATUSES,
        "kinds": ["info", "good", "warn", "bad"],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "email": "nobody", "list_id": "x"}, prefix="wrong"),
        "steps": STEPS,
        "figures": FIGURES,
        "total": sum(count for _, count, _ in FIGURES),
        "commands": COMMANDS,
        "icons": [f"components/icons/{path.name}" for path in sorted(ICONS.glob("*.html"))],
        "page": Paginator(range(1_000), 25).page(2),
        "now": timezone.now(),
        "changed": {"updated_by": "Amélie Laurent", "updated_at": timezone.now()},
    }
