"""The hidden version of a form whose object somebody else has saved meanwhile."""

from django import forms
from django.http import QueryDict


def take_version(form: forms.BaseForm, version: int) -> None:
    """Let the form, drawn again with what was typed, replace `version` when it is sent again."""
    assert isinstance(form.data, QueryDict), "a form that was posted"  # noqa: S101
    form.data = form.data.copy()
    form.data["version"] = str(version)
