"""Goes through *Set up export* as somebody without JavaScript does."""

from __future__ import annotations

from typing import Any

from tests.exports.pages import form_of

ADD = "/exports/add/"


def press(client: Any, page: Any, button: str, address: str = ADD, **changes: Any) -> Any:
    """Fill in what is given on a page, press a button, and return what comes."""
    return client.post(address, form_of(page) | {"action": button} | changes, follow=True)


def filled_in(client: Any, segment: Any, **changes: Any) -> Any:
    """Return the page of a new export with everything chosen, before it is saved."""
    values = {"name": "Newsletter", "list_id": "Newsletter (19)", "segments": segment.pk}
    return press(client, client.get(ADD), "show", **values | changes)
