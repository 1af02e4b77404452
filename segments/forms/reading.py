"""Which files, and how they are read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from segments.files.reading import Inspection
from segments.models import Source
from segments.problems import describe_problem

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.parquet,text/csv"
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "iso-8859-1": "ISO 8859-1",
    "iso-8859-15": "ISO 8859-15",
    "mac-roman": "Mac Roman",
}
DELIMITERS = {
    ",": _("Comma"),
    ";": _("Semicolon"),
    "\t": _("Tab"),
    "|": _("Vertical bar"),
}
# Which of the fields say something about a kind of file.
_FIELDS_OF = {"csv": ("encoding", "delimiter"), "xlsx": ("sheet",), "parquet": ()}
# A changed choice draws the page again; without script there is a button.
_REDRAW = {
    "hx-post": "",
    "hx-vals": '{"action": "look"}',
    "hx-target": "#set-up",
    "hx-select": "#set-up",
    "hx-swap": "outerHTML",
}


class UploadForm(forms.Form):
    """A file to upload."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "A CSV, Excel (.xlsx) or Parquet file whose first row names the columns. Values stay "
            "exactly as they are in the file."
        ),
        # An empty file is told apart with the others that can't be read.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
            raise ValidationError(too_large())
        return upload


def too_large() -> str:
    """Return what is said of a file that is larger than this system takes."""
    limit = settings.MAX_UPLOAD_BYTES // 1024 // 1024
    return str(describe_problem({"code": "file_too_large", "limit": limit}))


class ReadingForm(forms.Form):
    """How a file is read; whatever is left alone is detected."""

    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("Detect")), *ENCODINGS.items()],
        widget=forms.Select(attrs=_REDRAW),
    )
    delimiter = forms.ChoiceField(
        label=_("Separator"),
        required=False,
        choices=[("", _("Detect")), *DELIMITERS.items()],
        widget=forms.Select(attrs=_REDRAW),
    )
    # Which sheets there are is known once the file has been looked into.
    sheet = forms.CharField(
        label=_("Sheet"),
        required=False,
        max_length=255,
        strip=False,
        widget=forms.Select(attrs=_REDRAW, choices=[("", _("The first sheet"))]),
    )

    def __init__(self, data: Any = None, *, source: Source) -> None:
        super().__init__(data, initial=self.stored(source))

    @staticmethod
    def stored(source: Source) -> dict[str, Any]:
        """Return what the fields hold for a source as it is."""
        return dict(source.reading)

    def apply(self, source: Source) -> None:
        """Set on a source what was chosen; raises nothing, the file has the last word."""
        chosen = {name: self.cleaned_data[name] for name in ("encoding", "delimiter", "sheet")}
        source.reading = {name: value for name, value in chosen.items() if value}

    def show(self, inspection: Inspection) -> None:
        """Say what was detected, and leave out what does not concern this kind of file."""
        self._leave(inspection.kind)
        if inspection.kind == "csv":
            detected = inspection.options
            self._say("encoding", ENCODINGS.get(detected.encoding, detected.encoding))
            self._say("delimiter", str(DELIMITERS.get(detected.delimiter, detected.delimiter)))
        elif inspection.kind == "xlsx":
            sheets = [(sheet, sheet) for sheet in inspection.sheets]
            self.fields["sheet"].widget.choices = [self._first("sheet"), *sheets]

    def show_refused(self, name: str) -> None:
        """Leave what may help with a file that can't be read, by the end of its name."""
        self._leave(name.rpartition(".")[2].lower())

    def _leave(self, kind: str) -> None:
        for name in {"encoding", "delimiter", "sheet"} - set(
            _FIELDS_OF.get(kind, _FIELDS_OF["csv"])
        ):
            del self.fields[name]

    def _first(self, name: str) -> tuple[str, Any]:
        first: tuple[str, Any] = next(iter(self.fields[name].widget.choices))
        return first

    def _say(self, name: str, detected: str) -> None:
        if not self[name].value():
            widget = self.fields[name].widget
            label = translate("Detected: %(value)s") % {"value": detected}
            widget.choices = [("", label), *list(widget.choices)[1:]]


class FilesForm(ReadingForm):
    """Which files in the storage, and how they are read."""

    pattern = forms.CharField(
        label=_("Path"),
        max_length=255,
        help_text=Source._meta.get_field("pattern").help_text,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    takes = forms.ChoiceField(
        label=_("If several files match"),
        choices=Source.Takes.choices,
        widget=forms.RadioSelect,
    )
    field_order = ("pattern", "takes", "encoding", "delimiter", "sheet")

    @staticmethod
    def stored(source: Source) -> dict[str, Any]:
        return {**source.reading, "pattern": source.pattern, "takes": source.takes}

    def apply(self, source: Source) -> None:
        super().apply(source)
        source.pattern = self.cleaned_data["pattern"]
        source.takes = self.cleaned_data["takes"]
