"""The forms of exports; the rows of *Data matching* are matching.py."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from connections.models import Connection
from exports.destination import Destination
from exports.list_ids import label_of, read_list_id
from exports.matching import Matching
from exports.models import Export
from exports.option_fields import GUARDS, OPTION_FIELDS, OptionFields
from segments.forms.reading import UploadForm
from segments.forms.schedule import ScheduleFields
from segments.models import Segment

# What is no mistake yet while somebody is still at it.
UNFINISHED = ("required", "blank", "unfinished")


@dataclass(frozen=True)
class SegmentChoice:
    """A segment as the form offers it; `why_not` says why it can't be chosen."""

    segment: Segment
    is_chosen: bool
    why_not: str

    @property
    def can_be_chosen(self) -> bool:
        return not self.why_not


class ExportForm(OptionFields, ScheduleFields, forms.ModelForm):  # type: ignore[type-arg]  # not when run
    """*Set up export*, without its data matching. It asks no network: `destination` has asked."""

    connection = forms.TypedChoiceField(
        label=_("Connection for export"),
        empty_value=None,
        error_messages={
            "required": _("Choose the connection to export with."),
            "invalid_choice": _("You can’t use this connection any more. Choose another one."),
        },
    )
    segments = forms.MultipleChoiceField(
        label=_("Segments"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one segment.")},
    )
    list_id = forms.CharField(
        label=_("ActiveCampaign List ID"),
        max_length=2000,
        help_text=_(
            "Choose a list by name, type its number, or paste its address: in "
            "…/app/contacts/?listid=19 the number is 19."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Choose a list, or type its number.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    confirm_list = forms.BooleanField(
        label=_("The List ID is the right one in the account of this connection"), required=False
    )

    class Meta:
        model = Export
        fields = ("connection", "name", "segments", *OPTION_FIELDS)
        help_texts = dict.fromkeys(GUARDS, _("In percent."))
        error_messages = {
            "name": {"unique": _("Another export has this name. Choose another one.")},
        }

    def __init__(
        self,
        data: QueryDict,
        *,
        instance: Export,
        usable: Iterable[Connection],
        chosen: Sequence[Segment],
        destination: Destination,
        matching: Matching,
    ) -> None:
        super().__init__(data, instance=instance)
        self.destination = destination
        # As stored: validation writes what was entered into the instance.
        self.was_connected_to = instance.connection
        known = {str(each.pk): each for each in usable}
        connection = cast(forms.TypedChoiceField, self.fields["connection"])
        connection.choices, connection.coerce = _grouped(known.values()), known.__getitem__
        segments = cast(forms.MultipleChoiceField, self.fields["segments"])
        segments.choices = [(each.pk, each.name) for each in chosen]
        self.chosen = chosen
        self.offer(instance)
        self.offer_options(matching, destination)

    @property
    def needs_confirmation(self) -> bool:
        """Whether the list's number may mean another list: numbers belong to accounts."""
        if not self.instance.pk or self.destination.connection is None:
            return False
        before = self.was_connected_to
        return before is None or before.host != self.destination.connection.host

    @property
    def segment_choices(self) -> list[SegmentChoice]:
        chosen = {str(value) for value in self["segments"].value() or ()}
        segments = Segment.objects.select_related("source", "snapshot").order_by("name")
        return [
            SegmentChoice(segment, str(segment.pk) in chosen, _why_not(segment))
            for segment in segments
        ]

    def clean_list_id(self) -> int:
        try:
            return read_list_id(self.cleaned_data["list_id"], self.destination.lists)
        except ValueError:
            raise forms.ValidationError(
                translate(
                    "This is neither a list of the account nor a number. In the address "
                    "…/app/contacts/?listid=19 the List ID is 19."
                ),
                code="unfinished",  # a part of a name, while somebody searches
            ) from None

    def clean_segments(self) -> Sequence[Segment]:
        if refusals := [why for segment in self.chosen if (why := _why_not(segment))]:
            raise forms.ValidationError(refusals)
        return self.chosen

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.needs_confirmation and not cleaned.get("confirm_list"):
            unconfirmed = translate(
                "Confirm that this is the right list of the account it now goes to."
            )
            self.add_error("confirm_list", forms.ValidationError(unconfirmed, code="required"))
        return cleaned

    def keep_errors(self, fields: Container[str], *, is_final: bool) -> None:
        """Forget what is wrong with other fields; until it `is_final`, also what is missing."""
        for name, errors in list(self.errors.items()):
            left = [
                error
                for error in errors.as_data()
                if name in fields and (is_final or error.code not in UNFINISHED)
            ]
            del self.errors[name]
            for error in left:
                self.add_error(name, error)

    def mistakes(self) -> set[str]:
        """Return the fields that hold something wrong, not those where something is missing."""
        return {
            name
            for name, errors in self.errors.items()
            if any(error.code not in UNFINISHED for error in errors.as_data())
        }


class PersonForm(forms.Form):
    """Whom to look for in a run."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class AddressesForm(forms.Form):
    """Addresses to add to a suppression list, pasted or in a file."""

    text = forms.CharField(
        label=_("Addresses"),
        required=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One a line; several in a line are parted by commas or semicolons."),
        error_messages={"max_length": _("This is too long to paste: upload it as a file.")},
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A text file with one address a line, or a CSV file with an e-mail column."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        error_messages={"empty": _("The file is empty.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned.get("text", "").strip() or cleaned.get("file")):
            self.add_error("text", translate("Paste addresses, or choose a file."))
        return cleaned


def shown_list(text: str, destination: Destination) -> str:
    """Return a list as the field shows it: name and number where known, else what was entered."""
    try:
        number = read_list_id(text, destination.lists)
    except ValueError:
        return text
    names = {found.id: label_of(found) for found in destination.lists}
    return names.get(number, str(number))


def too_many(segments: Iterable[Segment]) -> int | None:
    """Return the number of members when it is over what one export takes, else None."""
    members = sum(segment.snapshot.members for segment in segments if segment.snapshot)
    return members if members > settings.MAX_MEMBERS else None


def _grouped(connections: Iterable[Connection]) -> list[tuple[str | Promise, Any]]:
    named = [(connection.pk, connection.name) for connection in connections]
    return [("", _("Choose a connection")), *([("ActiveCampaign", named)] if named else [])]


def _why_not(segment: Segment) -> str:
    if segment.source.email_columns:
        return ""
    return translate(
        "“%(segment)s” can’t be exported: its source “%(source)s” has no column of type E-mail."
    ) % {"segment": segment.name, "source": segment.source.name}


class CorrectionsForm(UploadForm):
    """A corrected file of rejects."""

    file = forms.FileField(
        label=_("Corrected file"),
        help_text=_(
            "The file of rejects as you saved it: CSV or Excel (.xlsx). Leave the column "
            "Reference as it is; columns and rows that need no correction may be removed."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
    )
