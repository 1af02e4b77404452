"""What people decide about themselves."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.generic import UpdateView

from accounts.forms import ProfileForm
from accounts.models import User
from accounts.people import list_people
from accounts.permissions import SignedInMixin


class ProfileView(SignedInMixin, UpdateView):  # type: ignore[type-arg]
    """Own name, language and time zone; ways to password, MFA and theme."""

    form_class = ProfileForm
    template_name = "accounts/profile.html"
    context_object_name = "person"
    success_url = reverse_lazy("accounts:profile")

    def get_object(self, queryset: QuerySet[User] | None = None) -> User:
        return list_people().get(pk=self.person.pk)

    def form_valid(self, form: ModelForm[User]) -> HttpResponse:
        response = super().form_valid(form)
        language = form.cleaned_data["language"]
        with translation.override(language or translation.get_language()):
            messages.success(self.request, _("Saved."))
        if not language:
            # The language switch may have left its choice in this browser.
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
