"""What people see while the files can't be reached: what is wrong, in words, and no traceback."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.problems import describe
from config.storages.problems import WORDINGS, StorageUnavailable

logger = logging.getLogger(__name__)


class StorageMiddleware:
    """Answers 503 where a view could not reach the storage."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page that says so; None when something else has gone wrong."""
        if not isinstance(error, StorageUnavailable):
            return None
        logger.error("The storage %s", error)
        problem = describe(error.problem, WORDINGS)
        return render(request, "503.html", {"problem": problem}, status=503)
