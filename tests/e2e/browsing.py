"""The browser, and what no page may do in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Request,
    Response,
    StorageState,
    WebError,
    expect,
    sync_playwright,
)

PATIENCE = 30_000  # milliseconds: a machine under load is slow, not broken
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
# A page that scrolls sideways says so as an error; the tables in it may.
LOOK_AT_WIDTH = """
for (const event of ["load", "htmx:afterSettle"]) {
  window.addEventListener(event, () => {
    const width = document.documentElement.scrollWidth;
    if (width > window.innerWidth) console.error(`${width} px wide on ${window.innerWidth} px`);
  });
}
"""
# What the server refuses is judged by its status; what a newer request replaces is meant so.
_HARMLESS = re.compile(
    "Failed to load resource: the server responded with a status of|htmx:(sendAbort|afterRequest)"
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise FileNotFoundError("The journeys need Chromium. On Debian: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def open_window(
    browser: Browser,
    *,
    language: str = "en",
    width: int = 1280,
    zoom: int = 1,
    scripts: bool = True,
    scheme: str = "light",
    cookies: StorageState | None = None,
) -> BrowserContext:
    """Open a window of its own, which knows nobody unless it is given cookies."""
    context = browser.new_context(
        locale=LOCALES[language],
        viewport={"width": width // zoom, "height": 900 // zoom},
        device_scale_factor=zoom,
        java_script_enabled=scripts,
        color_scheme=scheme,
        storage_state=cookies,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    return context


class Watch:
    """Collects what no page may do: errors, refused code, requests to strangers.

    A visit that means to be refused names the status in `expected`.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self.expected: set[int] = set()
        context.add_init_script(LOOK_AT_WIDTH)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _HARMLESS.match(message.text):
            self.faults.append(f"{message.page and message.page.url}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"{error.page and error.page.url}: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname != "127.0.0.1":
            self.faults.append(f"a request to {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")
