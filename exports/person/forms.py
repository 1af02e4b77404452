"""Asking for one person."""

from typing import Any

from django import forms

from exports.forms import PersonForm
from segments.mentions import normal


class SearchForm(PersonForm):
    """Whom to look for; `before` is the run from which older ones are wanted."""

    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def clean_email(self) -> Any:
        return normal(self.cleaned_data["email"])
