"""Forms of sources: a file, and what its columns mean."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from segments.columns import Column, ColumnType
from segments.models import Source
from segments.problems import describe_problem

FILE_HELP = _(
    "A CSV file with a header row. UTF-8 and Windows-1252 are read, with commas, semicolons or "
    "tabs. Values stay exactly as they are in the file."
)
NAME_TAKEN = {"unique": _("Another source has this name. Choose another one.")}
# What a column means, and how its values are written: type and format in one choice.
MEANINGS = (
    ("text", _("Text")),
    ("email", _("E-mail")),
    ("phone", _("Phone")),
    ("name", ColumnType.NAME.label),
    ("number", _("Number, like 1234.5")),
    ("number:comma", _("Number, like 1.234,5")),
    ("date", _("Date, like 2026-12-31")),
    ("date:dmy", _("Date, like 31/12/2026")),
    ("date:mdy", _("Date, like 12/31/2026")),
    ("yes_no", _("Yes/no")),
    ("country", ColumnType.COUNTRY.label),
    ("consent", ColumnType.CONSENT.label),
)


def clean_upload(upload: UploadedFile[Any]) -> UploadedFile[Any]:
    """Return the file; raises ValidationError when it is larger than this system takes."""
    if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
        limit = settings.MAX_UPLOAD_BYTES // 1024 // 1024
        problem = {"code": "file_too_large", "limit": limit}
        raise ValidationError(str(describe_problem(problem)))
    return upload


class FileForm(forms.Form):
    """A new file for a source."""

    file = forms.FileField(
        label=_("File"),
        help_text=FILE_HELP,
        # An empty file is told apart with the others that can't be read.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        return clean_upload(self.cleaned_data["file"])


class AddSourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """A source: its name and its first file."""

    file = FileForm.declared_fields["file"]

    class Meta:
        model = Source
        fields = ["name"]
        error_messages = {"name": NAME_TAKEN}

    def clean_file(self) -> UploadedFile[Any]:
        return clean_upload(self.cleaned_data["file"])


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """A source's name and key, and a field for each column's meaning."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Source
        fields = ["name", "key_column"]
        error_messages = {"name": NAME_TAKEN}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in self.instance.column_types]
        self.fields["key_column"] = forms.ChoiceField(
            label=_("Key"),
            required=False,
            choices=[("", _("No key")), *names],
            help_text=Source._meta.get_field("key_column").help_text,
        )
        for position, column in enumerate(self.instance.columns):
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=column["name"], choices=MEANINGS, initial=meaning_of(column)
            )

    @property
    def columns(self) -> list[Column]:
        """The columns with the meanings that were chosen."""
        return [
            _meant(column["name"], self.cleaned_data[f"column-{position}"])
            for position, column in enumerate(self.instance.columns)
        ]

    def column_fields(self) -> list[forms.BoundField]:
        """Return the fields of the columns, in their order."""
        return [self[f"column-{position}"] for position in range(len(self.instance.columns))]


def meaning_of(column: Column) -> str:
    """Return the choice of MEANINGS that a column has."""
    return ":".join(filter(None, (column["type"], column["format"])))


def _meant(name: str, meaning: str) -> Column:
    kind, _colon, form = meaning.partition(":")
    return {"name": name, "type": str(ColumnType(kind)), "format": form}
