"""Goes through *Set up export* as somebody without JavaScript does."""

from __future__ import annotations

from typing import Any

from tests.exports.pages import address_of, form_of

ADD = "/exports/add/"


def open_form(client: Any, address: str = ADD, step: str = "") -> Any:
    """Open the form of a new export, or another one, and then one of its steps."""
    page = client.get(address, follow=True)
    return press(client, page, f"go-{step}") if step else page


def press(client: Any, page: Any, button: str, **changes: Any) -> Any:
    """Fill in what is given on a page, press a button, and return what comes.

    Changes may be of other steps, too: the form takes what it is sent.
    """
    sent = form_of(page) | {"action": button} | changes
    return client.post(address_of(page), sent, follow=True)


def filled_in(client: Any, segment: Any, *, step: str = "matching", **changes: Any) -> Any:
    """Return a step of a new export with everything chosen, before it is saved."""
    values = {"name": "Newsletter", "list_id": "Newsletter (19)", "segments": segment.pk}
    return press(client, open_form(client), f"go-{step}", **values | changes)
