"""Which role a view asks for; which objects somebody may see, the query sets say."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View
from django_htmx.middleware import HtmxDetails

from accounts.models import User

P = ParamSpec("P")
ADMINISTRATORS_ONLY = _("Only administrators may do this. Ask one of them.")
CONTRIBUTORS_ONLY = _("Only contributors and administrators may do this. Ask an administrator.")


class SignedInRequest(HttpRequest):
    """A request that the middlewares have let through; only types need it."""

    user: User
    htmx: HtmxDetails


GuardedView = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def administrator_required(view: GuardedView[P]) -> GuardedView[P]:
    """Answer with the 403 page unless an administrator asks."""
    return _require(view, "is_administrator", ADMINISTRATORS_ONLY)


def contributor_required(view: GuardedView[P]) -> GuardedView[P]:
    """Answer with the 403 page unless a contributor or an administrator asks."""
    return _require(view, "is_contributor", CONTRIBUTORS_ONLY)


class SignedInMixin(View):
    """For class views that LoginRequiredMiddleware guards; stands before the generic view."""

    @property
    def person(self) -> User:
        """Return who asks."""
        return cast(User, self.request.user)


class AdministratorRequiredMixin(SignedInMixin):
    """`administrator_required` for class views; stands before the generic view."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check(request, "is_administrator", ADMINISTRATORS_ONLY)
        return super().dispatch(request, *args, **kwargs)


class ContributorRequiredMixin(SignedInMixin):
    """`contributor_required` for class views; stands before the generic view."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _check(request, "is_contributor", CONTRIBUTORS_ONLY)
        return super().dispatch(request, *args, **kwargs)


def _require(view: GuardedView[P], right: str, refusal: Promise) -> GuardedView[P]:
    @wraps(view)
    def checked(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        _check(request, right, refusal)
        return view(request, *args, **kwargs)

    return checked


def _check(request: HttpRequest, right: str, refusal: Promise) -> None:
    # Somebody signed out has no such attribute, wherever a view forgot to ask for sign-in.
    if not getattr(request.user, right, False):
        raise PermissionDenied(refusal)
