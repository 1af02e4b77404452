"""The role matrix: every address of the application, asked for by everybody.

A new address without its rows here fails `test_every_address_has_its_rows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from connections.activecampaign.sandbox import Sandbox
from connections.models import Connection
from exports.models import Erasure, Run
from exports.pipeline import start_run
from segments.models import Refresh
from segments.refreshes.starting import start_refresh
from tests.factories import make_connection, make_export, make_segment, make_upload, make_user

MATRIX = Path(__file__).with_name("role_matrix.txt").read_text(encoding="utf-8")
PEOPLE = ("nobody", "viewer", "unshared", "shared", "administrator")


@dataclass(frozen=True)
class Row:
    """What everybody is answered when they ask for one address with one method."""

    method: str
    route: str
    answers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def is_open(self) -> bool:
        """Whether anybody at all may ask so."""
        return not {"login", "403", "405"}.issuperset(self.answers)


def read_rows() -> list[Row]:
    lines = (line.split() for line in MATRIX.splitlines() if line and not line.startswith("#"))
    return [Row(method, route, tuple(answers)) for method, route, *answers in lines]


def routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Yield every route of the application, such as /runs/<pk>/cancel/."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLPattern):
            yield re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route).replace("<int:", "<")
        else:
            yield from routes(pattern, route)


ROWS = read_rows()


@dataclass(frozen=True)
class World:
    """One of everything, on one connection."""

    people: dict[str, User]
    # What <pk> stands for, by the first part of the address.
    keys: dict[str, int]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as account:
        account.add_list("Newsletter", id=1)
        yield account


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, sandbox: Sandbox) -> Iterator[World]:
    """Return a world that all rows share; what a row changes is rolled back after it."""
    with django_db_blocker.unblock():
        world = make_world(sandbox)
    yield world
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _reach_the_sandbox(settings: Any, sandbox: Sandbox) -> None:
    settings.ACTIVECAMPAIGN_SANDBOX_HOSTS = frozenset([sandbox.host])


def make_world(sandbox: Sandbox) -> World:
    roles = {
        "viewer": User.Role.VIEWER,
        "unshared": User.Role.CONTRIBUTOR,
        "shared": User.Role.CONTRIBUTOR,
        "administrator": User.Role.ADMINISTRATOR,
    }
    people = {
        who: make_user(role=role, password="violet-harbour-42") for who, role in roles.items()
    }
    connection = make_connection(host=sandbox.host, api_key=sandbox.key)
    segment = make_segment()
    export = make_export([segment], connection=connection)
    now = timezone.now()
    upload = make_upload(created_by=people["shared"])
    keys = {
        "people": make_user().pk,
        "connections": connection.pk,
        "sources": segment.source_id,
        "uploads": upload.pk,
        "segments": segment.pk,
        "exports": export.pk,
        "runs": start_run(export=export, trigger=Run.Trigger.ON_DEMAND, now=now).pk,
        "system": start_refresh(trigger=Refresh.Trigger.ON_DEMAND, now=now).pk,
    }
    keys["erasures"] = Erasure.objects.create(
        requested_at=now, finished_at=now, status=Erasure.Status.FINISHED
    ).pk
    return World(people, keys)


def ask(world: World, row: Row, person: str) -> str:
    """Return what `person` is answered; whatever that changed is undone."""
    client = Client()
    if person != "nobody":
        client.force_login(world.people[person])
    visibility = "contributors" if person == "shared" else "administrators"
    before = transaction.savepoint()
    Connection.objects.update(visibility=visibility)
    response = client.generic(row.method, address_of(world, row))
    if response.streaming:
        b"".join(response)  # as a server does, and then closes the file
    transaction.savepoint_rollback(before)
    return answer_of(response)


def address_of(world: World, row: Row) -> str:
    return address_like(row.route, world.keys.get(row.route.split("/")[1]))


def address_like(route: str, key: int | None = 1) -> str:
    """Return an address of a route, of what has this key."""
    return route.replace("<pk>", str(key)).replace("<uidb36>-<key>", "1-gone")


def answer_of(response: HttpResponse) -> str:
    """Return the status; `login` where somebody is sent to sign in first."""
    to_login = response.status_code == 302 and response.url.startswith("/accounts/login/?next=")
    return "login" if to_login else str(response.status_code)


def test_every_address_has_its_rows():
    asked = {(row.method, row.route) for row in ROWS}
    there = {(method, route) for route in routes(get_resolver()) for method in ("GET", "POST")}

    assert asked == there


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_gets_the_answer_of_their_role(world: World, row: Row):
    answers = {person: ask(world, row, person) for person in PEOPLE}

    assert answers == dict(zip(PEOPLE, row.answers, strict=True))


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["nobody", "administrator"])
def test_nothing_is_taken_from_a_form_of_somebody_elses_page(world: World, person: str):
    client = Client(enforce_csrf_checks=True)
    if person != "nobody":
        client.force_login(world.people[person])
    posts = [row for row in ROWS if row.method == "POST"]

    answers = {row.route: client.post(address_of(world, row)).status_code for row in posts}

    assert {route for route, answer in answers.items() if answer != 403} == set()
