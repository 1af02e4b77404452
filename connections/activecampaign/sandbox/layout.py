"""The frame of every page, and its tables."""

from collections.abc import Iterable, Sequence

from connections.activecampaign.sandbox.markup import Html, element, joined
from connections.activecampaign.sandbox.messages import Reply
from connections.activecampaign.sandbox.texts import Texts

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SECTIONS = (("/", "lists"), ("/imports", "imports"))


def page(texts: Texts, heading: str, *content: Html, here: str = "", status: int = 200) -> Reply:
    """Return a whole page; `here` is the section that it belongs to."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{heading} · {texts('sandbox')}"),
        element("link", rel="stylesheet", href="/pages.css"),
        element("link", rel="icon", href="/icon.svg", type="image/svg+xml"),
    )
    body = element(
        "body",
        element("a", texts("skip"), href="#content", class_="skip"),
        element("header", element("p", texts("sandbox")), _navigation(texts, here)),
        element("main", element("h1", heading), *content, id="content"),
        element("footer", element("p", texts("foot"))),
    )
    markup = "<!DOCTYPE html>" + element("html", head, body, lang=texts.language)
    return Reply(status, markup.encode(), "text/html; charset=utf-8", SECURITY)


def _navigation(texts: Texts, here: str) -> Html:
    links = (
        element("a", texts(name), href=path, aria_current="page" if path == here else None)
        for path, name in SECTIONS
    )
    items = joined(element("li", link) for link in links)
    return element("nav", element("ul", items), aria_label=texts("pages"))


def table(label: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> Html:
    """Return a table of at least one row that scrolls sideways on its own.

    Columns of numbers are put to the right.
    """
    lines = list(rows)
    right = [isinstance(value, Number) for value in lines[0]]
    head = (
        element("th", name, scope="col", class_="number" if to_right else None)
        for name, to_right in zip(heads, right, strict=True)
    )
    body = (element("tr", *_cells(row)) for row in lines)
    inner = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    return element("div", inner, class_="scroll", role="region", aria_label=label, tabindex=0)


def _cells(row: Sequence[object]) -> Iterable[Html]:
    yield element("th", row[0], scope="row")
    for value in row[1:]:
        yield element("td", value, class_="number" if isinstance(value, Number) else None)


class Number(str):
    """A number as people read it."""

    __slots__ = ()


def paragraph(text: str) -> Html:
    return element("p", text)
