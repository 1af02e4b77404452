"""A request as the sandbox reads it, and an answer as it gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cached_property
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

API_PREFIX = "/api/3"


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    target: str
    headers: Message
    body: bytes
    from_loopback: bool = True

    @cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def is_api(self) -> bool:
        return self.path.startswith(f"{API_PREFIX}/")

    @property
    def name(self) -> str:
        """Method and path, as faults name a request: "POST /import/bulk_import"."""
        path = self.path.removeprefix(API_PREFIX) if self.is_api else self.path
        return f"{self.method} {path}"

    @cached_property
    def json(self) -> Any:
        """The body, or None if it is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    def nested(self, key: str) -> dict[str, Any]:
        """Return the object under `key`, in which most bodies are wrapped; {} without one."""
        found = self.json.get(key) if isinstance(self.json, dict) else None
        return found if isinstance(found, dict) else {}

    def number(self, name: str, default: int) -> int:
        """Return a number of the query."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.removeprefix("-").isdigit() else default


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, **headers: str) -> Self:
        """Return the same answer with more headers; underscores become hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **more})

    def with_escaped_slashes(self) -> Self:
        """Return the same JSON as PHP writes it."""
        if self.content_type == "text/html" or b"/" not in self.body:
            return self
        return replace(self, body=self.body.replace(b"/", b"\\/"))


class Cut(Exception):
    """The connection is to end here, without an answer."""


def json_reply(status: int, data: Any) -> Reply:
    """Return `data` as JSON."""
    return Reply(status, orjson.dumps(data))


def message(status: int, text: str) -> Reply:
    """Return the commonest form of an error."""
    return json_reply(status, {"message": text})


def error(status: int, title: str, detail: str) -> Reply:
    """Return the other form of an error."""
    return json_reply(status, {"errors": [{"status": status, "title": title, "detail": detail}]})


def not_found(what: str, id: str) -> Reply:
    """Return the error that names ActiveCampaign's own class (Subscriber, _List, Tag)."""
    return message(404, f"No Result found for {what} with id {id}")
