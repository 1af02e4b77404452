"""The page “Permissions”: who may use Facteur, and as what."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import CreateView, DetailView, UpdateView

from accounts.forms import InvitationForm, PersonForm
from accounts.invitations import send_invitation
from accounts.mail import mail_is_configured
from accounts.models import ADDRESS_TAKEN, User
from accounts.people import PEOPLE, list_people
from accounts.permissions import (
    AdministratorRequiredMixin,
    SignedInRequest,
    administrator_required,
)
from accounts.services import (
    AlreadyHere,
    LastAdministrator,
    add_person,
    change_person,
    deactivate_person,
    reactivate_person,
    remove_second_factor,
)
from config.listing import render_list
from config.undo import say_done


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def show_people(request: SignedInRequest) -> HttpResponse:
    """Show everybody; a search comes by POST, because an address belongs in no URL."""
    listed = PEOPLE.of(list_people(), request)
    return render_list(request, "accounts/people.html", listed)


class InvitePersonView(AdministratorRequiredMixin, CreateView):  # type: ignore[type-arg]
    """Asks who is invited, then shows the link that they need."""

    form_class = InvitationForm
    template_name = "accounts/invite.html"
    extra_context = {"mail_is_configured": mail_is_configured}

    def form_valid(self, form: ModelForm[User]) -> HttpResponse:
        try:
            person = add_person(**form.cleaned_data)
        except AlreadyHere:
            form.add_error("email", ADDRESS_TAKEN)
            return self.form_invalid(form)
        return _invite(self.request, person, inviter=self.person)


class EditPersonView(AdministratorRequiredMixin, UpdateView):  # type: ignore[type-arg]
    """Name and role of somebody, and what else can be done about them."""

    form_class = PersonForm
    template_name = "accounts/person.html"
    context_object_name = "person"
    success_url = reverse_lazy("accounts:people")

    def get_queryset(self) -> QuerySet[User]:
        return list_people()

    def get_form_kwargs(self) -> dict[str, object]:
        return {**super().get_form_kwargs(), "editor": self.person}

    def form_valid(self, form: ModelForm[User]) -> HttpResponse:
        person = User.objects.get(pk=self.object.pk)
        name, role = form.cleaned_data["full_name"], form.cleaned_data["role"]
        try:
            change_person(person=person, full_name=name, role=role)
        except LastAdministrator:
            form.add_error("role", _last_administrator(person))
            return self.form_invalid(form)
        messages.success(self.request, _("Saved. A new role applies from the next request on."))
        return redirect(self.get_success_url())


class ConfirmDeactivationView(AdministratorRequiredMixin, DetailView):  # type: ignore[type-arg]
    """Says what deactivating somebody means, and does it when told so."""

    model = User
    context_object_name = "person"
    template_name = "accounts/deactivate.html"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = get_object_or_404(User, pk=pk)
        try:
            deactivate_person(person=person)
        except LastAdministrator:
            messages.error(request, _last_administrator(person))
            return redirect("accounts:person", pk=pk)
        text = _("%(name)s can no longer sign in.") % {"name": person}
        say_done(request, text, undo=reverse("accounts:reactivate", args=[pk]))
        return redirect("accounts:people")


@require_POST
@administrator_required
def reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let somebody sign in again."""
    person = reactivate_person(person=get_object_or_404(User, pk=pk))
    messages.success(request, _("%(name)s can sign in again.") % {"name": person})
    return redirect("accounts:person", pk=pk)


@require_POST
@administrator_required
@reauthentication_required
def reset_second_factor(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch off MFA of somebody who lost their device; asks first who is asking.

    Like a new link, it lets whoever sits at an open session become somebody else.
    """
    person = get_object_or_404(User, pk=pk)
    remove_second_factor(person=person)
    messages.success(request, _("%(name)s signs in with the password alone.") % {"name": person})
    return redirect("accounts:person", pk=pk)


@require_POST
@administrator_required
@reauthentication_required
def invite_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make a new link for somebody who may sign in, show it and send it; asks first who asks."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    return _invite(request, person, inviter=request.user)


def _invite(request: HttpRequest, person: User, *, inviter: User) -> HttpResponse:
    invitation = send_invitation(user=person, inviter=inviter, now=timezone.now())
    context = {
        "person": person,
        "invitation": invitation,
        "mail_is_configured": mail_is_configured(),
    }
    response = render(request, "accounts/invitation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _last_administrator(person: User) -> str:
    sentence = _("%(name)s is the only administrator. Make somebody else an administrator first.")
    return sentence % {"name": person}
