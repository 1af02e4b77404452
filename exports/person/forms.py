"""Asking for one person, and for a person to be forgotten."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.forms import PersonForm
from segments.mentions import normal


class AddressForm(PersonForm):
    """An address as it is compared: without outer blanks, in small letters."""

    def clean_email(self) -> Any:
        return normal(self.cleaned_data["email"])


class SearchForm(AddressForm):
    """Whom to look for; `before` is the run from which older ones are wanted."""

    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class ForgetForm(AddressForm):
    """Whom to forget, and what else to do; `confirmed` once somebody has read what it means."""

    keep_suppressed = forms.BooleanField(
        label=_("Never send this address again"),
        help_text=_(
            "It goes on the suppression list of every account, where it stays. Without this, "
            "whoever comes back with a later file is sent like everybody else."
        ),
        required=False,
    )
    delete_contact = forms.BooleanField(
        label=_("Delete the contact in ActiveCampaign"),
        help_text=_("In every account that Facteur is known to have delivered the person to."),
        required=False,
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_email(self) -> Any:
        address = super().clean_email()
        # What is no address would be found in the middle of texts that are about anything.
        if "@" not in address.strip("@"):
            raise forms.ValidationError(_("This is not an e-mail address."))
        return address
