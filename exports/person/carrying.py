"""Whom somebody wants forgotten, while they prove who they are: encrypted, and for minutes."""

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.http import HttpRequest

from config.fields import cipher

_SESSION_KEY = "forget_whom"
_SECONDS = 10 * 60


def carry(request: HttpRequest, asked: dict[str, Any]) -> None:
    """Keep what was asked in the session, which lies in the database: so nobody can read it."""
    request.session[_SESSION_KEY] = cipher().encrypt(json.dumps(asked).encode()).decode()


def take_carried(request: HttpRequest) -> dict[str, Any] | None:
    """Return what was asked, once; None when there is nothing, or it is old."""
    sealed = request.session.pop(_SESSION_KEY, "")
    try:
        asked: dict[str, Any] = json.loads(cipher().decrypt(sealed.encode(), ttl=_SECONDS))
    except InvalidToken:
        return None
    return asked
