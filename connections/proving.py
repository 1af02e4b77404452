"""That an administrator proved who they are, after they asked to become the export user."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from connections.models import ConnectionDraft

# Where the session notes for which draft they asked, and when.
ASKED = "export_user_asked"


def address_of_proof(request: HttpRequest, draft: ConnectionDraft, back: str) -> str:
    """Note that they ask now, and return where to prove it; from there they come `back`."""
    request.session[ASKED] = {"draft": draft.pk, "at": time.time()}
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def was_proven(request: HttpRequest, draft: ConnectionDraft) -> bool:
    """Tell whether they signed in once more after they asked for this draft; once per asking."""
    asked: dict[str, Any] = request.session.pop(ASKED, {})
    records = get_authentication_records(request, request.user)
    return asked.get("draft") == draft.pk and any(record["at"] > asked["at"] for record in records)
