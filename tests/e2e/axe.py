"""Asks axe what keeps people from using a page."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RUN = "([context, options]) => axe.run(context, options)"
_ALL = {"resultTypes": ["violations"]}
_CONTRAST = _ALL | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# The rows of a table are alike, and looking at thousands of cells takes half a minute.
_ALIKE = [["tbody tr:nth-child(n+6)"]]
_OTHER = {"light": "dark", "dark": "light"}


def barriers_on(page: Page, *, scheme: str, within: str = "html") -> list[str]:
    """Return what axe finds on the open page, in this colour scheme and then in the other."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found = _run(page, within, _ALL)
    page.emulate_media(color_scheme=_OTHER[scheme])
    found += [f"{barrier} ({_OTHER[scheme]})" for barrier in _run(page, within, _CONTRAST)]
    page.emulate_media(color_scheme=scheme)
    return found


def _run(page: Page, within: str, options: dict[str, object]) -> list[str]:
    context = {"include": [[within]], "exclude": _ALIKE}
    return [
        f"{violation['id']}: {node['html'][:160]} {_measured(node)}"
        for violation in page.evaluate(_RUN, [context, options])["violations"]
        for node in violation["nodes"]
    ]


def _measured(node: dict[str, list[dict[str, str]]]) -> str:
    return "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
