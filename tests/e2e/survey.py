"""Finds the pages of an installation by following their links, as somebody who is curious does."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from tests.e2e.visitor import Visitor

# Pages that no link leads to.
UNLINKED = (
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/exports/1/corrections/drop/",
    "/exports/1/suppression/empty/",
    "/connections/1/suppression/empty/",
    "/system/status/1/",
    "/no/such/page/",
)
SIGNED_OUT = (
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-gone/",
    "/accounts/password/reset/key/done/",
    "/accounts/inactive/",
    "/no/such/page/",
)
_LINKS = "links => links.map(link => link.href)"
_SORTING = {"sort", "page", "q", "status"}


def survey(visitor: Visitor, *, alike: int = 1) -> Iterator[str]:
    """Open the pages that a signed-in visitor reaches, so many of each kind; yield where it is."""
    visitor.watch.expected |= {404}
    seen: Counter[str] = Counter()
    found: set[str] = set()
    waiting = deque(["/", *UNLINKED])
    while waiting:
        path = waiting.popleft()
        if path in found or seen[kind_of(path)] >= alike:
            continue
        seen[kind_of(path)] += 1
        found.add(path)
        visitor.go(path)
        waiting += links_of(visitor)
        yield path


def links_of(visitor: Visitor) -> list[str]:
    """Return the addresses of this installation's pages that the open page links to."""
    addresses = visitor.page.locator("a[href]").evaluate_all(_LINKS)
    own = (urlsplit(address) for address in addresses)
    return [
        f"{parts.path}?{parts.query}" if parts.query else parts.path
        for parts in own
        if f"{parts.scheme}://{parts.netloc}" == visitor.house.address and is_page(parts.path)
    ]


def is_page(path: str) -> bool:
    """Tell a page from a download, and from an address that only sends one on."""
    return path.endswith("/") and not path.endswith("/export-user/")


def kind_of(path: str) -> str:
    """Return what addresses have in common whose pages look the same."""
    parts = urlsplit(path)
    asked = ",".join(sorted(parse_qs(parts.query, keep_blank_values=True).keys() - _SORTING))
    return re.sub(r"\d+", "#", parts.path) + (f"?{asked}" if asked else "")
