"""Measures pages: server time, queries, and bytes as they are sent."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from benchmarks.pages.filling import Scene
from config.gunicorn import post_worker_init

# As browsers do.
HEADERS = {"accept-encoding": "gzip, deflate, br", "accept-language": "en"}
# What a page brings along.
_PARTS = re.compile(r'<(?:link[^>]* href|script[^>]* src)="([^"]+)"')
# Pages that show more than one thing at their address.
VARIANTS = {
    "/exports/": ("?sort=status", "?sort=-last_run", "?q=winter", "?status=failed", "?page=10"),
    "/exports/<pk>/": ("?page=5",),
    "/segments/": ("?sort=-members", "?q=france"),
    "/system/audit/": ("?page=100",),
}


@dataclass(frozen=True)
class Measured:
    """One page as one person sees it; times in milliseconds, sizes in bytes as sent."""

    address: str
    role: str
    median: float
    slow: float  # p95
    queries: int
    html: int
    parts: int

    @property
    def first_view(self) -> int:
        return self.html + self.parts


def measure(scene: Scene, *, requests: int, only: str) -> list[Measured]:
    """Return every page that answers with HTML, as an administrator and as a contributor."""
    post_worker_init(None)  # as in a process of gunicorn
    return [
        page
        for user in (scene.administrator, scene.contributor)
        for address in addresses(scene.keys)
        if only in address and (page := _measure(address, user, requests))
    ]


def addresses(keys: dict[str, int]) -> list[str]:
    """Return all addresses of the application that can be asked for by themselves."""
    found = []
    for route in _routes(get_resolver()):
        key = keys.get(route.split("/")[1])
        if "<" in route.replace("<pk>", "") or ("<pk>" in route and key is None):
            continue
        address = route.replace("<pk>", str(key))
        found += [address, *(address + asked for asked in VARIANTS.get(route, ()))]
    return found


def _routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route.replace("<int:", "<")
        else:
            yield from _routes(pattern, route)


def _measure(address: str, user: User, requests: int) -> Measured | None:
    browser = Client(SERVER_NAME="localhost", headers=HEADERS)
    browser.force_login(user)
    response = browser.get(address)
    if response.status_code != 200 or not response["content-type"].startswith("text/html"):
        return None
    with CaptureQueriesContext(connection) as captured:
        browser.get(address)
    queries = len(captured)  # before the next request forgets them
    times = [_timed(browser, address, depth=number) for number in range(requests)]
    return Measured(
        address=address,
        role=user.role,
        median=statistics.median(times),
        slow=statistics.quantiles(times, n=20)[-1],
        queries=queries,
        html=_size(response),
        parts=_parts(browser, address),
    )


def _timed(browser: Client, address: str, depth: int) -> float:
    """Return the milliseconds of one request, asked for below so many calls.

    Python keeps its stack in pieces of 16 KiB, and where the end of one falls among the calls of a
    page makes it up to a third slower: with depths of all kinds, nobody is lucky.
    """
    if depth:
        return _timed(browser, address, depth - 1)
    started = time.perf_counter()
    browser.get(address)
    return (time.perf_counter() - started) * 1000


def _parts(browser: Client, address: str) -> int:
    """Return the bytes of style sheets, scripts and icons that a page brings along."""
    plain = browser.get(address, headers={"accept-encoding": "identity"})
    wanted = set(_PARTS.findall(plain.content.decode()))
    return sum(_size(browser.get(part)) for part in wanted)


def _size(response: HttpResponseBase) -> int:
    return len(response.getvalue())
