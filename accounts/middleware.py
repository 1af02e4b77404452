"""Language and time zone as each person prefers them; the audit trail's idea of an address."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from auditlog.middleware import AuditlogMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.time_zones import zone_named


class PreferencesMiddleware:
    """Answers in the language and time zone of whoever is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_named(user.time_zone)):
            return self.get_response(request)


class AuditMiddleware(AuditlogMiddleware):
    """Notes who changes what, and from which address: headers count only of a trusted proxy."""

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        try:
            return str(get_adapter().get_client_ip(request))
        except PermissionDenied:  # there is none, behind a Unix socket for example
            return None

    @staticmethod
    def _get_remote_port(request: HttpRequest) -> None:
        return None
