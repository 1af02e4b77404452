"""Removing a connection: here, because it has to do with exports."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, administrator_required
from config.keys import is_key
from connections.models import Connection
from connections.services import InUse
from exports.models import Export
from exports.services import Fate, RunInProgress, StillUsed, remove_with_exports

CHOICES: dict[Fate, str | Promise] = {
    "remove": _lazy("Remove"),
    "detach": _lazy("Detach connection"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@administrator_required
def remove_connection(request: SignedInRequest, pk: int) -> HttpResponse:
    """List the exports of a connection, ask what becomes of each, then remove it."""
    connection = get_object_or_404(Connection.objects.manageable_by(request.user), pk=pk)
    context: dict[str, object] = {"connection": connection}
    fates = _fates(request)
    if request.method == "POST":
        try:
            remove_with_exports(
                connection=connection, fates=fates, user=request.user, now=timezone.now()
            )
        except StillUsed as error:
            context["undecided"] = {export.pk for export in error.exports}
        except InUse:
            messages.error(request, _("Somebody has just given it to another export: see below."))
        except RunInProgress as error:
            context["running"] = error.run
        else:
            text = _("“%(name)s” is removed. What was already sent stays in ActiveCampaign.")
            messages.success(request, text % {"name": connection.name})
            return redirect("connections:list")
    exports = Export.objects.filter(connection=connection).order_by("name")
    context["exports"] = [(export, fates.get(export.pk)) for export in exports]
    context["choices"] = CHOICES.items()
    return render(request, "exports/remove_connection.html", context)


def _fates(request: SignedInRequest) -> dict[int, Fate]:
    fates: dict[int, Fate] = {}
    for name, value in request.POST.items():
        pk = name.removeprefix("fate-")
        if pk != name and is_key(pk):
            if value == "remove":
                fates[int(pk)] = "remove"
            elif value == "detach":
                fates[int(pk)] = "detach"
    return fates
