"""Finds English that was left on French pages."""

from __future__ import annotations

import re
from functools import cache

from playwright.sync_api import Page

from tests.e2e.words import french_texts

# Every text that is shown, or read out, or offered in a field; `lang` marks what is meant so.
_TEXTS = """
() => {
  const texts = [document.title];
  const hidden = "[lang=en]:not(html), script, style, noscript, datalist, [name=time_zone]";
  const shown = (element) => !element.closest(hidden);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (shown(walker.currentNode.parentElement)) texts.push(walker.currentNode.textContent);
  for (const name of ["aria-label", "title", "placeholder", "alt", "data-label"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (shown(element)) texts.push(element.getAttribute(name));
  return texts.map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean);
}
"""
# Words of every English sentence that no French one has.
_COMMON = re.compile(
    r"\b(the|and|with|your|you|this|that|these|are|was|were|will|from|of|is|be|have|has|it|"
    r"its|by|cannot|when|which|what|who|their|they|there|yet|been)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}")


def english_on(page: Page, *, known: tuple[str, ...] = ()) -> list[str]:
    """Return texts of a French page that are English; `known` are what people here call things."""
    return [
        text for text in dict.fromkeys(page.evaluate(_TEXTS)) if _is_english(_without(text, known))
    ]


def _without(text: str, known: tuple[str, ...]) -> str:
    for name in known:
        text = text.replace(name, "")
    return text.strip()


@cache
def _is_english(text: str) -> bool:
    return bool(_COMMON.search(text)) or any(one.fullmatch(text) for one in _translated())


@cache
def _translated() -> list[re.Pattern[str]]:
    """Return a pattern for each English text of the catalogue that is not French as well."""
    french = set(french_texts().values())
    return [
        _pattern(text)
        for text, translation in french_texts().items()
        if text not in {translation, *french} and _says_something(text)
    ]


def _says_something(text: str) -> bool:
    """Tell a text from one that is little more than the places of its values."""
    letters = sum(character.isalpha() for character in _PLACE.sub("", text))
    return letters > 0 if not _PLACE.search(text) else letters > 5


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".+".join(map(re.escape, _PLACE.split(" ".join(text.split())))))
