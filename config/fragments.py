"""Answers that are a whole page to a browser and a part of it to htmx."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


class FragmentsMiddleware:
    """Tells caches that the two differ, so that *back* never shows a part as if it were a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        return response
