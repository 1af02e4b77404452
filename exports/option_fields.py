"""Of *Set up export*: what is done for whom, by consent, for leavers, automations and guards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from config.keys import is_key
from connections.activecampaign.answers import Field
from exports.destination import Destination
from exports.mapping import MappedField
from exports.matching import Column, Matching
from exports.models import Export
from segments.columns import ColumnType

# What Export.Leavers.MARK needs to know; the other choices don't look at it.
MARK_FIELDS = ("leaver_field", "left_value", "back_value")
GUARDS = ("most_shrink", "most_growth", "most_rejects")
OPTION_FIELDS = ("consent_column", "leavers", *MARK_FIELDS, "automations", *GUARDS)
_SAYS_CONSENT = (ColumnType.CONSENT, ColumnType.YES_NO)
# They hold no words.
_DATES = ("date", "datetime")

Choices = list[tuple[str | Promise, Any]]


class OptionFields(forms.Form):
    """Consent, leavers, automations and guards; which choices there are, `offer_options` says."""

    consent_column = forms.ChoiceField(
        label=_("Column that says who agreed"),
        required=False,
        help_text=_(
            "Only those are sent in whose column it says yes: yes, y, true, 1, oui, vrai or on. "
            "Whoever says no, or nothing, is held back and counted. It is checked at every run."
        ),
    )
    leavers = forms.ChoiceField(
        label=_("What happens to people who leave the segments"),
        choices=Export.Leavers.choices,
        widget=forms.RadioSelect,
    )
    leaver_field = forms.TypedChoiceField(
        label=_("Custom field"),
        coerce=int,
        error_messages={"required": _("Choose the custom field that says who left.")},
        help_text=_("One that no row of Data matching fills."),
    )
    left_value = forms.CharField(
        label=_("Value for those who left"),
        max_length=255,
        error_messages={"required": _("Say what the field says of those who left.")},
    )
    back_value = forms.CharField(
        label=_("Value for those who came back"),
        required=False,
        max_length=255,
        help_text=_("Without it, the field keeps saying that they left."),
    )
    automations = forms.BooleanField(label=_("Let automations start"), required=False)

    def offer_options(self, matching: Matching, destination: Destination) -> None:
        """Offer the columns of the segments and the fields of the account to choose from."""
        self._matching, self._account = matching, destination
        column = str(self["consent_column"].value() or "")
        field = str(self["leaver_field"].value() or "")
        self.fields["consent_column"].choices = _columns(matching, column)  # type: ignore[attr-defined]
        self.fields["leaver_field"].choices = self._fields(field)  # type: ignore[attr-defined]

    @property
    def drafted(self) -> Export:
        """Return the options as they stand in the form, whether or not they are right."""
        values = {name: self[name].value() for name in OPTION_FIELDS}
        for name in ("leaver_field", *GUARDS):
            text = str(values[name] if values[name] is not None else "")
            values[name] = int(text) if is_key(text) else None
        if values["leavers"] not in Export.Leavers.values:
            values["leavers"] = Export.Leavers.KEEP
        title = self._title_of(values["leaver_field"])
        return Export(**values | {"leaver_field_title": title})

    @property
    def open_parts(self) -> set[str]:
        """Return which parts are shown open: those with errors, and those that do something."""
        drafted = self.drafted
        is_open = {
            "consent": bool(drafted.consent_column or self.errors.keys() & {"consent_column"}),
            "leavers": drafted.leavers != Export.Leavers.KEEP
            or bool(self.errors.keys() & {"leavers", *MARK_FIELDS}),
            "guards": bool(self.errors.keys() & set(GUARDS)),
        }
        return {part for part, value in is_open.items() if value}

    def clean_consent_column(self) -> str:
        column: str = self.cleaned_data["consent_column"]
        lacking = [
            translate(
                "“%(source)s” has no column “%(column)s”, so nobody of it could be sent. "
                "Choose another one."
            )
            % {"source": source, "column": column}
            for source in self._matching.sources
            if column and column not in source.column_types
        ]
        if lacking:
            raise forms.ValidationError(lacking)
        return column

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("leavers") == Export.Leavers.MARK:
            self._check_mark(cleaned)
        else:
            for name in MARK_FIELDS:
                self.errors.pop(name, None)
        return cleaned

    def apply_options(self, export: Export) -> None:
        """Note the title of the field that marks leavers; the rest is the model form's."""
        export.leaver_field_title = self._title_of(export.leaver_field)

    def _check_mark(self, cleaned: dict[str, Any]) -> None:
        if "leaver_field" in cleaned and (why := self._why_not(cleaned["leaver_field"])):
            self.add_error("leaver_field", why)
        left, back = cleaned.get("left_value", ""), cleaned.get("back_value", "")
        if left and left == back:
            self.add_error("back_value", translate("Both values are the same."))
        for name, value in (("left_value", left), ("back_value", back)):
            if value and (why := self._not_offered(cleaned.get("leaver_field"), value)):
                self.add_error(name, why)

    def _why_not(self, number: int) -> str:
        if self._account.answers and number not in self._known():
            return translate("The account has no such field any more. Choose another one.")
        if any(row.mapped.field_id == number for row in self._matching.rows):
            return translate(
                "Data matching fills this field already. Choose another one, or remove the row."
            )
        return ""

    def _not_offered(self, number: int | None, value: str) -> str:
        """Say that a field which offers values does not offer this one; "" when all is well."""
        field = self._known().get(number or 0)
        if field is None or not field.options or value in field.options:
            return ""
        return translate("The field does not offer “%(value)s”, only: %(offered)s.") % {
            "value": value,
            "offered": ", ".join(field.options),
        }

    def _known(self) -> dict[int, Field]:
        return {field.id: field for field in self._account.fields}

    def _title_of(self, number: int | None) -> str:
        if number is None:
            return ""
        if field := self._known().get(number):
            return field.title
        stored: Export = self.instance  # type: ignore[attr-defined]  # of the model form
        return stored.leaver_field_title or MappedField("", f"field:{number}").label

    def _fields(self, chosen: str) -> Choices:
        fit = [field for field in self._account.fields if field.type not in _DATES]
        choices: Choices = [("", _("Choose a field"))]
        choices += [(str(field.id), f"{field.title} ({field.type})") for field in fit]
        if is_key(chosen) and int(chosen) not in {field.id for field in fit}:
            choices.append((chosen, self._title_of(int(chosen))))
        return choices


def stored_options(export: Export) -> dict[str, Any]:
    """Return the options of an export as its form shows them."""
    return {name: getattr(export, name) for name in OPTION_FIELDS}


def _columns(matching: Matching, chosen: str) -> Choices:
    likely = [column for column in matching.columns if column.kind in _SAYS_CONSENT]
    others = [column for column in matching.columns if column.kind not in _SAYS_CONSENT]
    choices: Choices = [("", _("None: everybody is sent"))]
    choices += _group(_("Consent or yes/no"), likely)
    choices += _group(_("Other columns"), others)
    if chosen and chosen not in {column.name for column in matching.columns}:
        gone = translate("%(column)s (gone)") % {"column": chosen}
        choices.append((chosen, gone if matching.sources else chosen))
    return choices


def _group(label: str | Promise, columns: Sequence[Column]) -> Choices:
    return [(label, [(column.name, _label(column)) for column in columns])] if columns else []


def _label(column: Column) -> str:
    missing: Iterable[str] = (
        translate("not in %(source)s") % {"source": source} for source in column.missing_in
    )
    return f"{column.name} ({'; '.join([column.type, *missing])})"
