"""Faults on demand: which requests they strike, and what happens to those.

    sandbox.faults.add("too_many", on="POST /import/*", times=3, retry_after=1)
    sandbox.faults.add("forbidden", first=40)
    sandbox.faults.add("fail_contacts", share=0.02)

A fault's requests are counted from 1 when it is added. It strikes from the `first` to the
`last` of them, all or `every` so many, each with `probability`, until it struck `times`.
"""

import random
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from connections.activecampaign.sandbox.limits import bulk_limit_reached, too_many_requests
from connections.activecampaign.sandbox.messages import Call, Reply, json_reply, message

# Requests answered by something else, unless `after` lets them be carried out first
ReplyKind = Literal[
    "too_many",  # 429 with Retry-After
    "rate_limit_400",
    "unavailable",  # 503, with Retry-After if one is given
    "html_500",
    "html_502",
    "timeout_504",
    "payment",  # 402
    "unauthorized",  # 401
    "forbidden",  # 403: a key revoked, or a spurious refusal
    "not_found",
    "words",  # 400 with `text` as its message
    "redirect",  # to `location`
    "html",  # 200, but a page
    "empty",  # 200, but nothing
    "strange",  # 200, but JSON of another shape
]
# Requests that something happens to
CallKind = Literal[
    "reset",  # the connection is cut before the request is carried out
    "lost_answer",  # ... after it
    "slow",  # it waits for `seconds`
    "remove_list",  # the list `list_id` disappears first
]
# Imports, while they are processed
ImportKind = Literal[
    "import_failed",  # nothing of it is imported
    "import_interrupted",  # only the first half is
    "fail_contacts",  # a `share` of the contacts, or those with the given `addresses`
]
KINDS = frozenset(get_args(ReplyKind) + get_args(CallKind) + get_args(ImportKind))
WITHOUT_END = frozenset({"slow", "remove_list"})
OF_IMPORTS = frozenset(get_args(ImportKind))
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body>Error</body></html>"
PAYMENT_DUE = message(402, "The request could not be processed due to account payment issues")

_FIXED_REPLIES = {
    "rate_limit_400": bulk_limit_reached(),
    "unavailable": message(503, "Service Unavailable"),
    "html_500": Reply(500, HTML_PAGE, "text/html"),
    "html_502": Reply(502, HTML_PAGE, "text/html"),
    "timeout_504": Reply(504, HTML_PAGE, "text/html"),
    "payment": PAYMENT_DUE,
    "unauthorized": message(401, "Unauthorized"),
    "forbidden": message(403, "Forbidden"),
    "not_found": message(404, "Not Found"),
    "html": Reply(200, HTML_PAGE, "text/html"),
    "strange": json_reply(200, ["hello", {"world": None}]),
    "empty": Reply(200).with_headers(X_Ac_Error="Code 9001"),
}


@dataclass
class Fault:
    """One rule; `seen` counts the requests it might have struck, `struck` those it did."""

    kind: str
    on: str = "*"
    first: int = 1
    last: int | None = None
    every: int = 1
    times: int | None = None
    probability: float = 1.0
    after: bool = False
    retry_after: int | None = None
    seconds: float = 0.0
    text: str = ""
    location: str = "https://example.com/"
    list_id: int = 0
    share: float = 0.0
    addresses: tuple[str, ...] = ()
    seen: int = field(default=0, init=False)
    struck: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}; there are {sorted(KINDS)}.")
        self.addresses = tuple(address.lower() for address in self.addresses)

    def concerns(self, name: str) -> bool:
        """Tell whether this is about "METHOD /path"; patterns may leave out the method."""
        subject = name.partition(" ")[2] if self.on.startswith("/") else name
        return fnmatchcase(subject, self.on)

    def strikes(self, dice: random.Random) -> bool:
        """Count one request, and tell whether this is one to strike."""
        self.seen += 1
        if self.seen < self.first or (self.last is not None and self.seen > self.last):
            return False
        if (self.seen - self.first) % self.every:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        if self.probability < 1 and dice.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def reply(self) -> Reply:
        """Return what is answered instead."""
        if self.kind == "too_many":
            return too_many_requests(30 if self.retry_after is None else self.retry_after)
        if self.kind == "words":
            return message(400, self.text)
        if self.kind == "redirect":
            return Reply(302).with_headers(Location=self.location)
        reply = _FIXED_REPLIES[self.kind]
        if self.retry_after is None:
            return reply
        return reply.with_headers(Retry_After=str(self.retry_after))

    def fails(self, address: str, seed: int) -> bool:
        """Tell whether a contact is to fail: for one seed, always the same ones."""
        if address in self.addresses:
            return True
        return zlib.crc32(f"{seed}:{address}".encode()) < self.share * 2**32


class Faults:
    """All faults of a sandbox; the same seed and requests give the same misfortune."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Begin again with other dice."""
        self.seed = seed
        self._dice = random.Random(seed)  # noqa: S311

    def add(self, kind: str, **details: Any) -> Fault:
        """Add a fault and return it, for its counters; raises ValueError and TypeError."""
        fault = Fault(kind, **details)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Have no faults any more."""
        with self._lock:
            self._faults = []

    def replace(self, faults: Iterable[Fault], seed: int) -> None:
        """Have these faults instead."""
        with self._lock:
            self._faults = list(faults)
            self.reseed(seed)

    def all(self) -> list[Fault]:
        """Return the faults, in their order."""
        with self._lock:
            return list(self._faults)

    def striking(self, call: Call) -> list[Fault]:
        """Return the faults that strike this request, of which the last may end it.

        Those behind the one that ends it do not see it: faults that end one request each
        therefore follow one another.
        """
        struck: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.kind in OF_IMPORTS or not fault.concerns(call.name):
                    continue
                if fault.strikes(self._dice):
                    struck.append(fault)
                    if fault.kind not in WITHOUT_END:
                        break
        return struck

    def striking_import(self) -> list[Fault]:
        """Return the faults that strike the import that is processed next."""
        with self._lock:
            return [
                fault
                for fault in self._faults
                if fault.kind in OF_IMPORTS and fault.strikes(self._dice)
            ]
