"""*Set up export*: where it begins, for a new export, an edited one and a copy."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest, contributor_required
from config.keys import is_key
from connections.models import Connection
from exports.drafts import AlreadySaved, find_draft
from exports.entries import Entries, entries_of
from exports.models import Export
from exports.setting_up import READABLE
from exports.views.setup_page import SetUpPage


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
@never_cache
def add(request: SignedInRequest) -> HttpResponseBase:
    """Set up a new export; nothing exists until *Save*, but a draft as soon as something is said.

    The draft has its key in the address, so that the back button and a second window are right.
    """
    key = _key_in(request.GET.get("draft", ""))
    if key is None and request.method != "POST":
        return redirect(f"{request.path}?{urlencode([('draft', uuid4()), *request.GET.items()])}")
    try:
        draft = find_draft(user=request.user, key=key or uuid4())
    except AlreadySaved as error:
        return redirect("exports:edit", pk=error.export.pk)
    return SetUpPage(request, Export(), draft, _beginning(request)).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@contributor_required
@never_cache
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change an export; who may not is led to its page."""
    exports: QuerySet[Any] = Export.objects.with_rights_of(request.user).select_related(
        "connection", "updated_by"
    )
    export = get_object_or_404(exports.prefetch_related(Prefetch("segments", READABLE)), pk=pk)
    if not export.can_edit:
        return redirect("exports:detail", pk=export.pk)
    draft = find_draft(user=request.user, export=export)
    return SetUpPage(request, export, draft, entries_of(export)).respond()


@require_safe
@contributor_required
def duplicate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lead to the form of a new export, filled in like another one."""
    export = get_object_or_404(Export, pk=pk)
    return redirect(f"{reverse('exports:add')}?{urlencode({'draft': uuid4(), 'like': export.pk})}")


def _beginning(request: SignedInRequest) -> Entries:
    """Return what a new export proposes: what another one has, or else what the link says."""
    like = request.GET.get("like", "")
    if is_key(like) and (original := Export.objects.filter(pk=int(like)).first()):
        return _copy_of(original, request.user)
    connections = list(Connection.objects.usable_by(request.user)[:2])
    # The only one there is needs no choosing.
    only = connections[0].pk if len(connections) == 1 else None
    segments = [pk for pk in request.GET.getlist("segment") if is_key(pk)]
    return entries_of(Export(), connection=only, list_id=None, segments=segments)


def _copy_of(original: Export, user: User) -> Entries:
    usable = Connection.objects.usable_by(user).filter(exports=original).exists()
    return entries_of(
        original,
        name=_free_name(original.name),
        connection=original.connection_id if usable else None,
        version=0,
    )


def _free_name(name: str) -> str:
    """Return a name for a copy that no export has yet."""
    for number in range(1, 1000):
        copy = _("%(name)s (copy)") if number == 1 else _("%(name)s (copy %(number)s)")
        # Room for the longest of these endings.
        proposed = copy % {"name": name[:100], "number": number}
        if not Export.objects.filter(name=proposed).exists():
            break
    return proposed


def _key_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
