"""Asks axe what keeps people from using a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The rows of a table are alike, and looking at thousands of cells takes half a minute.
_CONTEXT = {"exclude": [["tbody tr:nth-child(n+6)"]]}
_OTHER = {"light": "dark", "dark": "light"}


def barriers_on(page: Page, *, scheme: str) -> list[str]:
    """Return what axe finds on the open page, in this colour scheme and then in the other."""
    found = _run(page, {})
    page.emulate_media(color_scheme=_OTHER[scheme])
    found += [f"{barrier} ({_OTHER[scheme]})" for barrier in _run(page, _CONTRAST)]
    page.emulate_media(color_scheme=scheme)
    return found


def _run(page: Page, options: dict[str, object]) -> list[str]:
    violations = Axe().run(page, context=_CONTEXT, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} {_measured(node)}"
        for violation in violations
        for node in violation["nodes"]
    ]


def _measured(node: dict[str, list[dict[str, str]]]) -> str:
    return "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
