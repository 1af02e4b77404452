"""In which language and theme pages are shown, and which columns lists have, as people choose."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

THEMES = ("light", "dark")
_A_YEAR = 365 * 24 * 3600
# Names of lists and columns, as this application gives them.
_NAME = re.compile(r"[a-z_]{1,30}")
_MOST_COLUMNS = 30


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Answer in `language` from now on; a preference of whoever is signed in changes with it."""
    code = request.POST.get("language", "")
    user = request.user
    if user.is_authenticated and user.language and code in dict(settings.LANGUAGES):
        user.language = code
        user.save(update_fields=["language"])
    return set_language(request)


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember `theme` in this browser; anything but light and dark follows the system."""
    response = HttpResponseRedirect(_next_address(request))
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=_A_YEAR, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Remember for this person which columns of a list they see, or let it be as usual."""
    user = request.user
    name = request.POST.get("list", "")
    columns = [each for each in request.POST.getlist("column") if _NAME.fullmatch(each)]
    if user.is_authenticated and _NAME.fullmatch(name):
        user.columns.pop(name, None)
        if "usual" not in request.POST:
            user.columns[name] = columns[:_MOST_COLUMNS]
        user.save(update_fields=["columns"])
    return HttpResponseRedirect(_next_address(request))


def _next_address(request: HttpRequest) -> str:
    address = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else "/"
