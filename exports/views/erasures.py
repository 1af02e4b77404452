"""Forgetting a person: asking what it means, doing it, and what came of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest, administrator_required
from config.polling import STOP_POLLING
from exports.erasing import (
    AlreadyErasing,
    NotFailed,
    end_erasure,
    request_erasure,
    retry_erasure,
)
from exports.erasing.wording import describe_problem, erased_kinds, remaining
from exports.models import Erasure
from exports.person.carrying import carry, take_carried
from exports.person.columns import address_columns
from exports.person.corrected import find_corrected
from exports.person.forms import ForgetForm
from exports.person.standings import find_delivered
from segments.mentions import Mentioned
from segments.models import Source
from segments.whereabouts import MOST, find_in_sources

PAGE_SIZE = 50


def _proven_first(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Ask who is asking, as before other things that can't be undone.

    What was posted would be kept in the session as it is meanwhile, and it names somebody: so it
    is carried through encrypted, and then shown once more before anything is done.
    """
    asking = reauthentication_required(view)

    @wraps(view)
    def proven(request: SignedInRequest) -> HttpResponseBase:
        if request.method == "POST" and is_reauthentication_required(request, app=""):
            if (form := ForgetForm(request.POST)).is_valid():
                carry(request, _asked(form))
            return redirect("exports:forget")
        return asking(request)  # type: ignore[no-any-return]  # allauth is not typed

    return proven


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
@_proven_first
def forget(request: SignedInRequest) -> HttpResponse:
    """Ask for an address, say what forgetting it means, and have it done when told so."""
    form = ForgetForm(request.POST or take_carried(request))
    context: dict[str, object] = {"form": form, "cancel_url": reverse("exports:people")}
    template = "exports/forget_whom.html"
    if form.is_valid():
        if form.cleaned_data["confirmed"]:
            return _request(request, form)
        context |= _consequences(form.cleaned_data["email"])
        template = "exports/forget.html"
    response = render(request, template, context)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@administrator_required
def erasures(request: SignedInRequest) -> HttpResponse:
    """List who had whom forgotten, without saying whom."""
    rows = Erasure.objects.select_related("requested_by").order_by("-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "exports/erasures.html", {"page": page})


@require_safe
@administrator_required
def erasure_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what an erasure does, or what it did."""
    return render(request, "exports/erasure.html", _context(request, pk))


@require_safe
@administrator_required
def erasure_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the part of an erasure's page that changes."""
    context = _context(request, pk)
    response = render(request, "exports/_erasure.html", context)
    if not context["is_running"]:
        response.status_code = STOP_POLLING
    return response


@require_POST
@administrator_required
def retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let an erasure go on that failed."""
    try:
        retry_erasure(erasure=get_object_or_404(Erasure, pk=pk), now=timezone.now())
    except NotFailed:
        messages.info(request, _("There is nothing to try again."))
    return redirect("exports:erasure", pk=pk)


@require_POST
@administrator_required
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave an erasure that failed as it is, and forget the address itself."""
    try:
        end_erasure(erasure=get_object_or_404(Erasure, pk=pk), now=timezone.now())
    except NotFailed:
        messages.info(request, _("There is nothing to end."))
    return redirect("exports:erasure", pk=pk)


def _request(request: SignedInRequest, form: ForgetForm) -> HttpResponse:
    try:
        erasure = request_erasure(**_asked(form), user=request.user, now=timezone.now())
    except AlreadyErasing as error:
        messages.info(request, _("This person is being forgotten already: see below."))
        erasure = error.erasure
    return redirect("exports:erasure", pk=erasure.pk)


def _asked(form: ForgetForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.fields if name != "confirmed"}


def _consequences(email: str) -> dict[str, object]:
    """Return what a page has to say before it is done."""
    address = Mentioned(email)
    found = find_in_sources(address, further=address_columns())
    return {
        "address": email,
        "sources": found,
        "corrected": find_corrected(address),
        "many": [each for each in found if each.count > MOST],
        "read_again": [each.source for each in found if each.source.kind != Source.Kind.UPLOAD],
        "deliveries": find_delivered(address),
        "has_account": User.objects.filter(email__iexact=email).exists(),
    }


def _context(request: SignedInRequest, pk: int) -> dict[str, object]:
    erasure = get_object_or_404(Erasure.objects.select_related("requested_by"), pk=pk)
    return {
        "erasure": erasure,
        "is_running": erasure.status == Erasure.Status.RUNNING,
        "can_retry": erasure.status == Erasure.Status.FAILED and not erasure.finished_at,
        "problem": describe_problem(erasure.problem, request.user),
        "kinds": erased_kinds(erasure),
        "remaining": list(remaining(erasure)),
    }
