"""Whom to look for in a segment."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PersonForm(forms.Form):
    """A key or an e-mail address."""

    person = forms.CharField(
        label=_("Key or e-mail address"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
