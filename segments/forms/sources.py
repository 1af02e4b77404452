"""What every source has: a name, a key, and columns that mean something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from segments.columns import Column
from segments.forms.meanings import MEANINGS, meaning_of, meant
from segments.models import Source

NAME_TAKEN = _("Another source has this name. Choose another one.")
# The key that is chosen before anybody has seen the whole table.
FIND_KEY = "?"
MAX_DESCRIPTION = 500


@dataclass(frozen=True)
class ColumnFields:
    """The fields of one column, and some of its values."""

    name: str
    meaning: forms.BoundField
    description: forms.BoundField
    examples: Sequence[str]


class SourceForm(forms.Form):
    """Name and key of a source, and what each of its columns means.

    Fields of a column are named by it, so that they keep what was typed when the file is looked
    at in another way; a column that was not there before gets its guess.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Display name"),
        max_length=120,
        help_text=Source._meta.get_field("name").help_text,
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        source: Source,
        columns: Sequence[Column],
        looking: bool = False,
    ) -> None:
        self.source, self.known = source, columns
        key = source.key_column or (FIND_KEY if source.finds_key else "")
        initial = {"name": source.name, "version": source.version, "key_column": key}
        self.looking = looking
        super().__init__(data, initial=initial)
        self._add_key_field()
        for column in columns:
            self._add_column_fields(column)
        self._add_what_was_not_asked()

    @property
    def errors(self) -> ErrorDict:
        """What is wrong; nothing is yet while somebody only looks."""
        return ErrorDict() if self.looking else super().errors

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Source.objects.filter(name=name).exclude(pk=self.source.pk).exists():
            raise ValidationError(NAME_TAKEN)
        return name

    def apply(self, source: Source) -> None:
        """Set on a source what was entered."""
        key = self.cleaned_data["key_column"]
        source.name = self.cleaned_data["name"]
        source.finds_key = key == FIND_KEY
        source.key_column = "" if key == FIND_KEY else key
        source.columns = [
            meant(
                column,
                self.cleaned_data[_field("meaning", column)],
                self.cleaned_data[_field("description", column)],
            )
            for column in self.known
        ]

    def column_fields(self, profiles: Sequence[dict[str, Any]] = ()) -> list[ColumnFields]:
        """Return the fields of each column, with examples from some profiles."""
        return [
            ColumnFields(
                column["name"],
                self[_field("meaning", column)],
                self[_field("description", column)],
                examples_of(column["name"], profiles),
            )
            for column in self.known
        ]

    def _add_key_field(self) -> None:
        names = [column["name"] for column in self.known]
        found = [(FIND_KEY, _("Found while reading, if there is one"))]
        self.fields["key_column"] = forms.ChoiceField(
            label=_("Key"),
            required=False,
            choices=[
                *([] if self.source.table_id else found),
                ("", _("No key")),
                *((name, name) for name in names),
            ],
            help_text=Source._meta.get_field("key_column").help_text,
        )

    def _add_column_fields(self, column: Column) -> None:
        name = {"column": column["name"]}
        self.fields[_field("meaning", column)] = forms.ChoiceField(
            label=translate("Meaning of “%(column)s”") % name,
            choices=list(MEANINGS.items()),
            initial=meaning_of(column),
        )
        self.fields[_field("description", column)] = forms.CharField(
            label=translate("Description of “%(column)s”") % name,
            required=False,
            max_length=MAX_DESCRIPTION,
            initial=column.get("description", ""),
        )

    def _add_what_was_not_asked(self) -> None:
        """Take what is known, or guessed, for what the page did not ask when it was sent.

        Whoever saves has been asked for the name, and has seen a version.
        """
        if not isinstance(self.data, QueryDict):
            return
        self.data = data = self.data.copy()
        for name, field in self.fields.items():
            if name not in data and (self.looking or name not in ("name", "version")):
                data[name] = self.get_initial_for_field(field, name)
        keys = {"", FIND_KEY, *(column["name"] for column in self.known)}
        if self.looking and data["key_column"] not in keys:
            data["key_column"] = self.initial["key_column"]


def examples_of(name: str, profiles: Sequence[dict[str, Any]], limit: int = 3) -> list[str]:
    """Return some different values of a column."""
    values = (profile.get(name) for profile in profiles)
    return list(dict.fromkeys(value for value in values if value))[:limit]


def _field(of: str, column: Column) -> str:
    """Return the name of a column's field; names of columns make no good ids."""
    return f"{of}-{sha256(column['name'].encode()).hexdigest()[:12]}"
