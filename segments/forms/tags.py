"""The tags of a segment, as people type them."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from segments.problems import describe_problem
from segments.tags import MAX_LENGTH, MAX_TAGS, BadTags, read_tags


class TagsForm(forms.Form):
    """Tags, parted by commas; `suggestions` complete what is there by one that others have."""

    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=2 * MAX_TAGS * MAX_LENGTH,
        help_text=_("Parted by commas, for example: newsletter, France."),
        widget=forms.TextInput(attrs={"list": "suggestions", "autocomplete": "off"}),
    )

    def clean_tags(self) -> list[str]:
        try:
            return read_tags(self.cleaned_data["tags"])
        except BadTags as error:
            raise ValidationError(str(describe_problem(error.problem))) from None


def suggestions(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return what the field would hold with one more of the known tags."""
    return [", ".join([*names, tag]) for tag in known if tag not in names]
