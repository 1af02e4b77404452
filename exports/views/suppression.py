"""The suppression lists of an export and of a whole account: look, add, look up, remove, empty."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorship import ChangedMeanwhile
from accounts.permissions import SignedInRequest, administrator_required, contributor_required
from config.keys import is_key
from config.spreadsheets import formula_safe
from connections.models import Connection
from exports.addresses import lines_of_file
from exports.forms import AddressesForm, PersonForm
from exports.models import Export, SuppressionList
from exports.suppression import (
    Added,
    TooManyAddresses,
    add_addresses,
    empty_list,
    is_suppressed,
    list_of_account,
    list_of_export,
    reading_addresses,
    remove_address,
)
from segments.problems import BadFile, describe_problem

_ROWS = 5000


@dataclass
class Shelf:
    """One suppression list with its addresses; `account` is the one that holds besides."""

    name: str
    list: SuppressionList
    page: str
    csv: str
    empty: str
    export: Export | None = None
    account: SuppressionList | None = None
    account_page: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def of_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the list of one export, and do what the pressed button says."""
    return _answer(request, _export_shelf(request, pk))


@require_safe
@contributor_required
def of_export_csv(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """Hand out the addresses of one export's list."""
    return _csv(_export_shelf(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
def empty_of_export(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then take all addresses off one export's list."""
    return _empty(request, _export_shelf(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def of_account(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the list of the account behind a connection, and do what the pressed button says."""
    return _answer(request, _account_shelf(pk))


@require_safe
@administrator_required
def of_account_csv(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """Hand out the addresses of an account's list."""
    return _csv(_account_shelf(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def empty_of_account(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask, then take all addresses off an account's list."""
    return _empty(request, _account_shelf(pk))


def _export_shelf(request: SignedInRequest, pk: int) -> Shelf:
    exports = Export.objects.editable_by(request.user).select_related("connection")
    export = get_object_or_404(exports, pk=pk)
    connection = export.connection
    shelf = Shelf(
        name=export.name,
        list=list_of_export(export),
        page=reverse("exports:suppression", args=[pk]),
        csv=reverse("exports:suppression_csv", args=[pk]),
        empty=reverse("exports:empty_suppression", args=[pk]),
        export=export,
    )
    if connection:
        shelf.account = list_of_account(connection.host)
        if request.user.is_administrator:
            shelf.account_page = reverse("exports:account_suppression", args=[connection.pk])
    return shelf


def _account_shelf(pk: int) -> Shelf:
    connection = get_object_or_404(Connection, pk=pk)
    return Shelf(
        name=connection.account_name or connection.host,
        list=list_of_account(connection.host),
        page=reverse("exports:account_suppression", args=[pk]),
        csv=reverse("exports:account_suppression_csv", args=[pk]),
        empty=reverse("exports:empty_account_suppression", args=[pk]),
    )


def _answer(request: SignedInRequest, shelf: Shelf) -> HttpResponse:
    actions: dict[str, Callable[..., HttpResponse]] = {
        "add": _add,
        "look_up": _look_up,
        "remove": _remove,
    }
    action = actions.get(request.POST.get("action", ""))
    return action(request, shelf) if action else _show(request, shelf)


def _add(request: SignedInRequest, shelf: Shelf) -> HttpResponse:
    """Add what was pasted and uploaded, and name every line that holds no address."""
    form = AddressesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, shelf, form=form)
    try:
        added = _take_in(request, shelf, form)
    except BadFile as error:
        form.add_error("file", str(describe_problem(error.problem)))
    except TooManyAddresses as error:
        form.add_error(None, _too_many(error.count))
    else:
        if not added.refused_count:
            messages.success(request, _what_was_added(added))
            return redirect(shelf.page)
        return _show(request, shelf, added=added, said=_what_was_added(added))
    return _show(request, shelf, form=form)


def _take_in(request: SignedInRequest, shelf: Shelf, form: AddressesForm) -> Added:
    who_and_when: dict[str, Any] = {"user": request.user, "now": timezone.now()}
    if upload := form.cleaned_data["file"]:
        with lines_of_file(upload.temporary_file_path()) as lines:
            return add_addresses(to=shelf.list, lines=lines, **who_and_when)
    lines = form.cleaned_data["text"].splitlines()
    return add_addresses(to=shelf.list, lines=lines, **who_and_when)


def _look_up(request: SignedInRequest, shelf: Shelf) -> HttpResponse:
    """Say whether one address is on the list; by POST, because an address belongs in no URL."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _show(request, shelf, person=form)
    address = form.cleaned_data["email"]
    return _show(
        request,
        shelf,
        person=form,
        looked_up=address,
        is_on_list=is_suppressed(shelf.list, address),
        is_on_account=bool(shelf.account and is_suppressed(shelf.account, address)),
    )


def _remove(request: SignedInRequest, shelf: Shelf) -> HttpResponse:
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _show(request, shelf, person=form)
    address, now = form.cleaned_data["email"], timezone.now()
    if remove_address(of=shelf.list, address=address, user=request.user, now=now):
        messages.success(request, _("The address is off the list: it may be sent again."))
    else:
        messages.info(request, _("The address was not on the list."))
    return redirect(shelf.page)


def _empty(request: SignedInRequest, shelf: Shelf) -> HttpResponse:
    expected = request.POST.get("version", "")
    if request.method == "POST" and shelf.list.pk and is_key(expected):
        now = timezone.now()
        try:
            empty_list(of=shelf.list, expected=int(expected), user=request.user, now=now)
        except ChangedMeanwhile as error:
            shelf.list = error.current
            text = _("Somebody changed the list meanwhile. Look at it again before you empty it.")
            messages.warning(request, text)
        else:
            messages.success(request, _("The list is empty now."))
            return redirect(shelf.page)
    return render(
        request, "exports/suppression_empty.html", {"shelf": shelf, "cancel_url": shelf.page}
    )


def _show(request: SignedInRequest, shelf: Shelf, **context: Any) -> HttpResponse:
    # As it is after what was done to it.
    shelf.list = list_of_export(shelf.export) if shelf.export else list_of_account(shelf.list.host)
    given = {"form": AddressesForm(), "person": PersonForm()} | context
    return render(request, "exports/suppression.html", {"shelf": shelf, **given})


def _csv(shelf: Shelf) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_rows(shelf), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="facteur-suppression-list.csv"'
    return response


def _rows(shelf: Shelf) -> Iterator[bytes]:
    # The mark tells spreadsheets that it is UTF-8.
    yield "\ufeffemail\r\n".encode()
    with reading_addresses(shelf.list) as result:
        while rows := result.fetchmany(_ROWS):
            text = io.StringIO()
            csv.writer(text).writerows([formula_safe(email)] for (email,) in rows)
            yield text.getvalue().encode()


def _what_was_added(added: Added) -> str:
    sentences = [
        ngettext("%(number)s address was added.", "%(number)s addresses were added.", added.new)
        % {"number": _number(added.new)}
    ]
    if added.known:
        text = ngettext(
            "%(number)s was on the list already.",
            "%(number)s were on the list already.",
            added.known,
        )
        sentences.append(text % {"number": _number(added.known)})
    return " ".join(sentences)


def _too_many(count: int) -> str:
    return _(
        "The list would hold %(count)s addresses; %(most)s are the most. Nothing was added."
    ) % {"count": _number(count), "most": _number(settings.MAX_SUPPRESSED)}


def _number(count: int) -> str:
    return formats.number_format(count, force_grouping=True)
