"""HTML in which every text is escaped, because only `Html` is not."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"input", "link", "meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def element(tag: str, *children: object, **attributes: object) -> Html:
    """Return an element; attributes are written with _ for -, and a _ after reserved words.

    True gives an attribute without a value, None and False give none.
    """
    written = "".join(
        _attribute(name.rstrip("_").replace("_", "-"), value)
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(parts: Iterable[object]) -> Html:
    """Return the parts in a row, those that are no Html escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in parts))


def _attribute(name: str, value: object) -> str:
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
