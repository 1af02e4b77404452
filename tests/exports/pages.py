"""Reads pages as people do: their text, their messages, and what their forms would send."""

from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.sent: dict[str, list[str]] = {}
        self.options: dict[str, list[str]] = {}
        self._select = ""
        self._first = ""
        self._in_form = False
        self.action = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form" or given.get("id") == "step":  # which htmx gets alone
            self._in_form = given.get("id") in ("setup", "step")
        if tag == "form":
            self.action = given.get("action", "") if self._in_form else self.action
        if not self._in_form or "disabled" in given:
            return
        kind = given.get("type", "text")
        is_tick = kind in ("checkbox", "radio")
        if tag == "input" and name and (not is_tick or "checked" in given):
            self.sent.setdefault(name, []).append(given.get("value", "on" if is_tick else ""))
        elif tag == "select":
            self._select, self._first = name, ""
            self.sent.setdefault(name, []).append("")
        elif tag == "option" and self._select:
            self.options.setdefault(self._select, []).append(given["value"])
            if "selected" in given or len(self.options[self._select]) == 1:
                self.sent[self._select][-1] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def text_of(response: Any) -> str:
    """Return the words of a page, with single spaces."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.text).split())


def form_of(response: Any) -> dict[str, Any]:
    """Return what the set-up form of a page would send, as the test client takes it."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return {name: values for name, values in reader.sent.items() if name != "csrfmiddlewaretoken"}


def address_of(response: Any) -> str:
    """Return where the set-up form of a page goes."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader.action


def rows_of(response: Any) -> dict[str, str]:
    """Return the rows of data matching on a page: target to column."""
    sent = form_of(response)
    return dict(zip(sent["row_target"], sent["row_column"], strict=True))
