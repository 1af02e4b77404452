"""A signed-in person with too small a role gets the 403 page, in every kind of view."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.views import View

from accounts.permissions import (
    AdministratorRequiredMixin,
    ContributorRequiredMixin,
    administrator_required,
    contributor_required,
)

pytestmark = pytest.mark.django_db


@administrator_required
def settle(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@contributor_required
def build(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class Settle(AdministratorRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Build(ContributorRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


@pytest.fixture
def call(request: pytest.FixtureRequest, rf: RequestFactory) -> Callable[..., HttpResponse]:
    def call(view: Callable[..., Any], person: str) -> HttpResponse:
        got = rf.get("/")
        got.user = AnonymousUser() if person == "nobody" else request.getfixturevalue(person)
        return view(got)

    return call


@pytest.mark.parametrize("view", [settle, Settle.as_view()])
@pytest.mark.parametrize("person", ["nobody", "viewer", "contributor"])
def test_only_administrators_settle(call: Callable[..., HttpResponse], view: Any, person: str):
    with pytest.raises(PermissionDenied, match="Only administrators"):
        call(view, person)


@pytest.mark.parametrize("view", [build, Build.as_view()])
@pytest.mark.parametrize("person", ["nobody", "viewer"])
def test_viewers_build_nothing(call: Callable[..., HttpResponse], view: Any, person: str):
    with pytest.raises(PermissionDenied, match="Only contributors and administrators"):
        call(view, person)


@pytest.mark.parametrize("view", [settle, Settle.as_view(), build, Build.as_view()])
def test_administrators_may_do_both(call: Callable[..., HttpResponse], view: Any):
    assert call(view, "administrator").status_code == 200


@pytest.mark.parametrize("view", [build, Build.as_view()])
def test_contributors_may_build(call: Callable[..., HttpResponse], view: Any):
    assert call(view, "contributor").status_code == 200
