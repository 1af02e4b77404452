"""The form of a segment; its rule is read by segments/forms/rule.py."""

from contextlib import suppress
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from segments.models import Segment, Source

NAME_TAKEN = _("Another segment has this name. Choose another one.")


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """Name, source, type and state of a segment."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Segment
        fields = ["name", "source", "kind", "is_active"]
        error_messages = {"name": {"unique": NAME_TAKEN}}
        help_texts = {
            "source": _("Where its profiles come from."),
            "is_active": _("Refreshes pass over an inactive segment; it keeps its last members."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source = self.fields["source"]
        assert isinstance(source, forms.ModelChoiceField)  # noqa: S101  # for mypy
        source.queryset = Source.objects.order_by("name")
        source.empty_label = _("Choose a source")

    def chosen_source(self) -> Source | None:
        """Return the source that is chosen, whatever else is filled in."""
        field = self.fields["source"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  # for mypy
        with suppress(ValidationError):
            return field.to_python(self["source"].value())
        return None
