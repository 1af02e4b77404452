"""What an HTTP answer of ActiveCampaign says, and which error it means.

There is no single error envelope: the words are looked for in `message`, `errors[]` and
`failureReasons[]`, and there may be none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from connections.activecampaign.errors import (
    ActiveCampaignError,
    ConfigError,
    PermanentError,
    RateLimited,
    TemporaryError,
)
from connections.activecampaign.shapes import a_text

RETRY_AFTER_LIMIT = 3600.0

_TOO_FAST = re.compile(r"rate limit|imports may be requested per minute", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[\w.:-]{1,100}")
_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?")


class _NotJson:
    """Stands for a body that is no JSON: JSON's own null is a value."""


NOT_JSON = _NotJson()


@dataclass(frozen=True)
class Reply:
    """One answer: its status, its JSON, and its words with the key taken out."""

    status: int
    data: Any
    words: str
    is_html: bool
    request_id: str | None
    retry_after: float | None

    @property
    def facts(self) -> dict[str, Any]:
        """What every error made of this reply carries."""
        return {"status": self.status, "detail": self.words, "request_id": self.request_id}


def read_reply(status: int, headers: Mapping[str, str], body: bytes, key: str) -> Reply:
    """Return what the answer says."""
    data = _parse(body)
    words = a_text("; ".join(_words_in(data)) or headers.get("X-Ac-Error", ""))
    content_type = headers.get("Content-Type", "")
    return Reply(
        status=status,
        data=data,
        words=words.replace(key, "[key]") if key else words,
        is_html=data is NOT_JSON and ("html" in content_type or body.lstrip().startswith(b"<")),
        request_id=_request_id(headers.get("X-Request-Id", "")),
        retry_after=_seconds(headers.get("Retry-After", "")),
    )


def failure_of(reply: Reply) -> ActiveCampaignError | None:
    """Return the error that the answer means, or None if it is an answer to use."""
    status = reply.status
    if status == 429 or (status in (400, 503) and _says_too_fast(reply.data)):
        return RateLimited("rate_limited", retry_after=reply.retry_after, **reply.facts)
    if 300 <= status < 400:
        return ConfigError("redirect", **reply.facts)
    if status == 402:
        return ConfigError("payment", **reply.facts)
    if status >= 500 or status == 408 or reply.is_html:
        return TemporaryError("unavailable", retry_after=reply.retry_after, **reply.facts)
    if status in (401, 403):
        return ConfigError("key_refused", **reply.facts)
    if status >= 400:
        return PermanentError("refused", **reply.facts)
    if reply.data is NOT_JSON:
        return TemporaryError("unavailable", **reply.facts)
    return None


def usable(reply: Reply, codes: Mapping[int, str] | None = None) -> Any:
    """Return the JSON of a reply, or raise; `codes` name what a status means just here."""
    failure = failure_of(reply)
    if failure is None:
        return reply.data
    if codes and reply.status in codes and not isinstance(failure, TemporaryError):
        raise ConfigError(codes[reply.status], **reply.facts)
    raise failure


def usable_list(reply: Reply, *, missing: str) -> Any:
    """Return the JSON of a reply about lists, or raise; `missing` is what a 404 means.

    A bare "Forbidden" is what a bad key gets; a group that may not see lists is told so.
    """
    forbidden = "key_refused" if reply.words in ("", "Forbidden") else "lists_forbidden"
    return usable(reply, {403: forbidden, 404: missing})


def _says_too_fast(data: Any) -> bool:
    """Tell whether a 400 means "later"; reasons about one contact may quote anything."""
    if not isinstance(data, dict):
        return False
    said = [data.get("message"), *_list_in(data, "failureReasons")]
    return any(isinstance(text, str) and _TOO_FAST.search(text) for text in said)


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return NOT_JSON


def _words_in(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    if isinstance(data.get("message"), str):
        yield data["message"]
    for error in _list_in(data, "errors"):
        if isinstance(error, dict):
            yield from _texts_in(error, "title", "detail", "code")
    for reason in _list_in(data, "failureReasons"):
        if isinstance(reason, dict):
            yield from _texts_in(reason, "failureReason")
        elif isinstance(reason, str):
            yield reason


def _list_in(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _texts_in(data: dict[str, Any], *keys: str) -> Iterator[str]:
    for key in keys:
        if isinstance(data.get(key), str) and data[key]:
            yield data[key]


def _request_id(text: str) -> str | None:
    return text if _REQUEST_ID.fullmatch(text) else None


def _seconds(text: str) -> float | None:
    return min(float(text), RETRY_AFTER_LIMIT) if _SECONDS.fullmatch(text.strip()) else None
