"""Whatever goes wrong, no log and no page of an error says about whom it was asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as conf
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from config.discretion import WithoutAddresses


def fail(request: WSGIRequest) -> HttpResponse:
    somebody = {"email": request.POST["email"], "key": request.POST["key"]}
    raise RuntimeError(f"duplicate key: ({somebody['email']})")


urlpatterns = [path("fail/", fail)]


@pytest.fixture
def written() -> Callable[[logging.LogRecord], str]:
    """Return what writes a record as an installation does."""
    format: Any = conf.LOGGING["formatters"]
    format = format["line"]
    return WithoutAddresses(format["format"], style=format["style"]).format


# Not beside what fails: a page of DEBUG shows those lines.
ADDRESS = "zoé.d’aubigné+news@exemple-été.test"
KEY = "0123456789abcdef"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_an_error_names_nobody_on_its_page(
    client: Client, settings: Settings, debug: bool, accept: str
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    settings.DEBUG = debug
    client.raise_request_exception = False
    asked = {"email": ADDRESS, "key": KEY}

    response = client.post("/fail/", asked, headers={"accept": accept})

    page = response.content.decode()
    assert response.status_code == 500
    assert ("duplicate key" in page) == debug
    assert not re.search("exemple|aubign", page)
    assert KEY not in page


def test_an_error_names_nobody_in_the_log(
    client: Client,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    written: Callable[[logging.LogRecord], str],
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    client.raise_request_exception = False

    client.post("/fail/", {"email": ADDRESS, "key": KEY})

    [record] = [record for record in caplog.records if record.exc_info]
    line = written(record)
    assert "duplicate key: ([address])" in line
    assert not re.search("exemple|aubign", line)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("GET /contacts?email=ana%40example.test&limit=1", "GET /contacts?email=[address]&limit=1"),
        ("('ana@example.test', 1)", "('[address]', 1)"),
        ("<ana@example.test>: gone", "<[address]>: gone"),
        ("5 @ 3", "5 @ 3"),
        ("@shared_task", "@shared_task"),
    ],
)
def test_what_libraries_log_names_nobody(
    said: str, line: str, written: Callable[[logging.LogRecord], str]
) -> None:
    record = logging.LogRecord("library", logging.DEBUG, "", 0, said, None, None)

    assert written(record).endswith(f"DEBUG library {line}")


def test_django_writes_no_lines_of_its_own_besides() -> None:
    assert logging.getLogger("django").handlers == []
