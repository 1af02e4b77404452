"""What people say about themselves, and administrators about people."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import ADDRESS_TAKEN, User
from accounts.time_zones import time_zone_choices


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """Who is invited, as what, and in which language."""

    class Meta:
        model = User
        fields = ["email", "full_name", "role", "language"]
        widgets = {"role": forms.RadioSelect}
        help_texts = {"language": _("Of the invitation, and of the pages until they choose.")}

    def clean_email(self) -> str:
        # Here, since the two constraints of the model would each say it.
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(ADDRESS_TAKEN)
        return email


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody's name and role, as administrators change them."""

    confirmed = forms.BooleanField(
        label=_("Take the administrator role away from me"),
        help_text=_("You will no longer see this page. Another administrator can give it back."),
        required=False,
    )

    class Meta:
        model = User
        fields = ["full_name", "role"]
        widgets = {"role": forms.RadioSelect}

    def __init__(self, *args: Any, editor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_own = self.instance == editor
        if not self.is_own:
            del self.fields["confirmed"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        gives_up = self.is_own and data.get("role") != User.Role.ADMINISTRATOR
        if gives_up and not data.get("confirmed"):
            self.add_error("confirmed", _("This is you. Tick this box if you mean it."))
        return data


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What people decide about themselves."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [
            ("", _("As this installation (%(zone)s)") % {"zone": settings.TIME_ZONE}),
            *time_zone_choices(),
        ],
    )

    class Meta:
        model = User
        fields = ["full_name", "language", "time_zone", "wants_alerts"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.is_administrator:
            del self.fields["wants_alerts"]
