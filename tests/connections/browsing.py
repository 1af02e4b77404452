"""The set-up form as a browser without JavaScript sees and submits it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client

ADD = "/connections/add/"


class Page(HTMLParser):
    """What stands on a page: the form's entries, its buttons, and the words."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.status: int = response.status_code
        self.html: str = response.content.decode()
        self.entries: dict[str, str] = {}
        self.placeholders: dict[str, str] = {}
        self.buttons: dict[str, bool] = {}
        self._words: list[str] = []
        self.feed(self.html)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def error_at(self, name: str) -> str:
        """Return what is said at one entry, below the summary of all errors."""
        _, _, after = self.html.partition(f'id="id_{name}_error">')
        return _text(after.partition("</ul>")[0])

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "button" and name == "action":
            self.buttons[given["value"] or ""] = "disabled" not in given
        if tag != "input":
            return
        self.placeholders[name] = given.get("placeholder") or ""
        if given.get("type") not in ("radio", "checkbox"):
            self.entries[name] = given.get("value") or ""
        elif "checked" in given:
            self.entries[name] = given.get("value") or "on"


def _text(html: str) -> str:
    page = HTMLParser()
    found: list[str] = []
    page.handle_data = found.append  # type: ignore[method-assign]
    page.feed(html)
    return " ".join(" ".join(found).split())


def visit(client: Client, address: str = ADD) -> Page:
    return Page(client.get(address))


def submit(client: Client, action: str, address: str = ADD, **entries: str) -> Any:
    """Press a button after typing `entries` over what the page shows; return the response.

    An entry of "" empties it, and unticks a box.
    """
    shown = visit(client, address).entries
    typed = shown | entries
    if not typed.get("agreed"):
        typed.pop("agreed", None)
    return client.post(address, typed | {"action": action})


def press(client: Client, action: str, address: str = ADD, **entries: str) -> Page:
    """Like `submit`, and return the page that is shown then."""
    response = submit(client, action, address, **entries)
    if response.status_code == 302:
        response = client.get(response.url, follow=True)
    return Page(response)


def prove_identity(client: Client, password: str, address: str = ADD, **entries: str) -> Page:
    """Select *Add yourself as export user*, and give the password where one is asked for it."""
    asked = submit(client, "export_user", address, **entries)
    return Page(client.post(asked.url, {"password": password}, follow=True))
