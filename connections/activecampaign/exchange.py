"""One request and its reply: the key goes out, and nothing of it, nor of anybody, into a log."""

import logging
import re
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from connections.activecampaign.endpoint import API_PATH, Endpoint
from connections.activecampaign.errors import (
    DETAIL_LIMIT,
    ActiveCampaignError,
    ConfigError,
    OutcomeUnknown,
    PermanentError,
)
from connections.activecampaign.replies import Reply, read_reply
from connections.activecampaign.transport import open_pool

logger = logging.getLogger("facteur.activecampaign")

LONGEST_ANSWER = 32 * 1024 * 1024
CHUNK = 64 * 1024
HEADERS = {
    "User-Agent": "Facteur",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}

# Anything else cannot travel in a header, and so cannot be a key.
_SENDABLE = re.compile(r"[!-~]+")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


class Exchange:
    """Sends requests to one account with one key."""

    def __init__(self, endpoint: Endpoint, key: str, timeout: tuple[float, float]) -> None:
        self._key = key.strip()
        self._pool = open_pool(endpoint, timeout)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Return what was answered, whatever it says.

        Raises what connecting raises, OutcomeUnknown when there is no answer to a request
        that may have been sent, and ConfigError("key_refused") for a key that cannot be one.
        """
        if not _SENDABLE.fullmatch(self._key):
            raise ConfigError("key_refused")
        started = time.monotonic()
        outcome = self._exchange(method, path, params, body)
        _log(method, path, outcome, time.monotonic() - started)
        if isinstance(outcome, ActiveCampaignError):
            raise outcome
        return outcome

    def _exchange(
        self, method: str, path: str, params: Mapping[str, str] | None, body: bytes | None
    ) -> Reply | ActiveCampaignError:
        """Return the reply, or the error to raise.

        Raised in here it would drag along the error of urllib3, whose text holds the URL.
        """
        headers = HEADERS | {"Api-Token": self._key}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._pool.urlopen(
                method,
                f"{API_PATH}/{path}?{urlencode(params)}" if params else f"{API_PATH}/{path}",
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            answer = _read_body(response)
            return read_reply(response.status, response.headers, answer, self._key)
        except ActiveCampaignError as error:
            return error
        except HTTPError:
            return OutcomeUnknown("lost_answer")


def _read_body(response: BaseHTTPResponse) -> bytes:
    body = bytearray()
    try:
        for chunk in response.stream(CHUNK):
            body += chunk
            if len(body) > LONGEST_ANSWER:
                raise PermanentError("unreadable", status=response.status, detail="too long")
    finally:
        response.close()
    return bytes(body)


def _log(method: str, path: str, outcome: Reply | ActiveCampaignError, seconds: float) -> None:
    """Log one exchange: no query, no body, no words with an address in them."""
    if isinstance(outcome, ActiveCampaignError):
        logger.warning("%s %s: %s after %.3f s", method, path, outcome, seconds)
        return
    logger.log(
        logging.DEBUG if outcome.status < 300 else logging.WARNING,
        "%s %s: HTTP %d in %.3f s, request %s%s",
        method,
        path,
        outcome.status,
        seconds,
        outcome.request_id or "unnamed",
        f": {_ADDRESS.sub('[address]', outcome.words[:DETAIL_LIMIT])}" if outcome.words else "",
    )
