"""The form of *Set up connection*: it checks what is typed, and touches no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from connections.activecampaign.endpoint import HostError, clean_host
from connections.drafts import Entries
from connections.limits import DOCUMENTED, RATE_FIELDS, usual_rates
from connections.models import (
    MOST_REQUESTS,
    Connection,
    ConnectionDraft,
    Credentials,
    endpoint_of,
)

# What can travel in a header; a key has neither spaces nor accents.
_KEY = re.compile(r"[!-~]+")

NAME_TAKEN = _("Another connection has this name already. Choose a different one.")
HOST_PROBLEMS = {
    "port": _("Leave out the port: enter the host name alone, for example acme.api-us1.com."),
    "path": _(
        "Leave out what follows the host name: enter it alone, for example acme.api-us1.com."
    ),
    "userinfo": _(
        "Leave out the user name before the @: enter the host name alone, for example "
        "acme.api-us1.com."
    ),
    "ip_address": _("This is an IP address. Enter the host name, for example acme.api-us1.com."),
    "empty": _("Enter the host name, for example acme.api-us1.com."),
    "malformed": _("This is not a host name. A host name looks like acme.api-us1.com."),
    "suffix": _(
        "This is not a host of ActiveCampaign. Enter the host name of the URL that "
        "ActiveCampaign shows under Settings > Developer, for example acme.api-us1.com. "
        "It ends with one of: %(suffixes)s."
    ),
}

# What *Save* says at a field that is still empty; the steps have their own place on the page.
MISSING = {
    "name": _("Give the connection a name."),
    "api_key": _("Enter the API key."),
    "host": HOST_PROBLEMS["empty"],
    "agreed": _("Read the text, and select I agree if you do."),
}

_DOCUMENTED_RATE = _("Leave it empty for what ActiveCampaign documents: %(documented)s.")
_USUAL_RATE = _(
    "Leave it empty for %(usual)s, as this installation is set up. ActiveCampaign documents "
    "%(documented)s."
)

# With htmx each entry is kept as soon as it is left. The wait lets a button that was pressed
# meanwhile come first: it keeps the entry, too.
AUTOSAVE = {"hx-post": "", "hx-trigger": "change delay:400ms"}


def _rate() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, max_value=MOST_REQUESTS)


class ConnectionForm(forms.Form):
    """What an administrator types; only when it is `final`, for *Save*, may nothing be missing."""

    name = forms.CharField(max_length=120, error_messages={"required": MISSING["name"]})
    visibility = forms.ChoiceField(choices=Credentials.Visibility.choices, widget=forms.RadioSelect)
    api_key = forms.CharField(
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": MISSING["api_key"]},
    )
    host = forms.CharField(
        max_length=500,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": MISSING["host"]},
    )
    bulk_per_minute = _rate()
    single_per_minute = _rate()
    requests_per_second = _rate()
    agreed = forms.BooleanField(label=_("I agree"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    draft_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    # The browser would ask for every field before any button works.
    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any], *, draft: ConnectionDraft, final: bool) -> None:
        super().__init__(data)
        self.draft = draft
        self.final = final
        for name in ("name", "visibility", "api_key", "host", *RATE_FIELDS):
            column: models.Field[Any, Any] = getattr(Credentials, name).field
            self.fields[name].label = column.verbose_name
            self.fields[name].help_text = column.help_text
            self.fields[name].widget.attrs |= AUTOSAVE
        self.fields["agreed"].widget.attrs |= AUTOSAVE
        usual = usual_rates()
        for name in RATE_FIELDS:
            numbers = {"usual": usual[name], "documented": DOCUMENTED[name]}
            same = usual[name] == DOCUMENTED[name]
            self.fields[name].help_text = (_DOCUMENTED_RATE if same else _USUAL_RATE) % numbers
        if draft.has_key():
            self.fields["api_key"].widget.attrs["placeholder"] = translate(
                "Hidden value. Type to change it"
            )

    def add_error(self, field: str | None, error: Any) -> None:
        """Note an error; that a field is empty is none until the form is final."""
        is_stored = field == "api_key" and self.draft.has_key()
        if field and getattr(error, "code", None) == "required" and (is_stored or not self.final):
            self.cleaned_data[field] = ""
        else:
            super().add_error(field, error)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Connection.objects.exclude(pk=self.draft.connection_id or 0)
        if name.casefold() in (other.casefold() for other in others.values_list("name", flat=True)):
            raise ValidationError(NAME_TAKEN)
        return name

    def clean_api_key(self) -> str:
        key: str = self.cleaned_data["api_key"]
        if key and not _KEY.fullmatch(key):
            raise ValidationError(
                _("A key has neither spaces nor accents. Copy it again from ActiveCampaign.")
            )
        return key

    def clean_host(self) -> str:
        """Return the bare host name of what was typed or pasted."""
        try:
            host = clean_host(self.cleaned_data["host"], settings.ACTIVECAMPAIGN_SANDBOX_HOSTS)
            endpoint_of(host).validate()
        except HostError as error:
            suffixes = ", ".join(settings.ACTIVECAMPAIGN_HOST_SUFFIXES)
            raise ValidationError(
                HOST_PROBLEMS[error.code], code=error.code, params={"suffixes": suffixes}
            ) from None
        return host

    def rates(self) -> list[forms.BoundField]:
        """Return the limits of the account, which few people have to touch."""
        return [self[name] for name in RATE_FIELDS]

    def has_rates(self) -> bool:
        """Tell whether there is something to see among them."""
        return any(field.value() or field.errors for field in self.rates())

    def reduced_host(self) -> str:
        """Return the host name when more than it was typed, else an empty text."""
        host: str = self.cleaned_data.get("host", "")
        return host if host != self.data.get("host", "").strip().lower() else ""

    def entries(self) -> Entries:
        """Return what is valid of it."""
        valid = self.cleaned_data.get
        return Entries(
            name=valid("name"),
            visibility=valid("visibility") or None,
            host=valid("host"),
            api_key=valid("api_key") or None,
            agreed=bool(valid("agreed")),
            rates={name: valid(name) for name in RATE_FIELDS if name in self.cleaned_data},
        )


def show_draft(draft: ConnectionDraft, posted: ConnectionForm | None = None) -> ConnectionForm:
    """Return a form that shows the draft, and what was posted where that is not valid."""
    data: dict[str, Any] = {
        "name": draft.name,
        "visibility": draft.visibility,
        "host": draft.host,
        "agreed": bool(draft.agreed_at),
        "version": draft.connection.version if draft.connection else "",
        "draft_id": draft.pk,
    } | {name: getattr(draft, name) for name in RATE_FIELDS}
    if posted is not None:
        data |= {name: posted.data.get(name, "") for name in posted.errors}
    return ConnectionForm(data, draft=draft, final=posted is not None and posted.final)
