"""Our templates: they compile, hold no inline script or style, and no untranslated text.

The content security policy would silently drop what is inline; a text outside a translation
tag stays English for everybody.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import django
from django.template import TemplateSyntaxError, engines
from django.template.base import Lexer, TokenType

HOUSE = Path(__file__).resolve().parents[2]
READ_BY_PEOPLE = {"alt", "aria-label", "aria-description", "placeholder", "title"}
# A comment with these words says why the texts of a template are in no catalogue.
NOT_TRANSLATED = re.compile(r"\{#.*\bNot translated\b.*#\}")
VERBATIM = {"script", "style", "code", "kbd", "pre"}
TRANSLATING = {"comment", "blocktranslate", "blocktrans"}  # text inside needs no other tag
# The help text of a form field comes from code, and Django writes some of it in HTML.
UNSAFE = re.compile(r"(?<!\.help_text)\|\s*safe\b|autoescape\s+off")
# Names and forms that are the same in every language.
SAME_EVERYWHERE = re.compile(
    r"\b(Facteur|ActiveCampaign|API|CSV|URL|OpenAPI|JSON|Parquet|SQL|UTC|English|Français)\b"
    r"|&\w+;|[^\w]|[\d_]"
)


class Page(HTMLParser):
    """Collects what is wrong in a template whose Django tags have been taken out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.problems: list[tuple[int, str]] = []
        self._verbatim: str | None = None  # inside an element whose text is for no translator

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attributes}
        if tag == "style" or (tag == "script" and "src" not in names):
            self._report(f"inline <{tag}>")
        if tag in VERBATIM:
            self._verbatim = tag
        for name, value in attributes:
            if name == "style" or name.startswith("on") or name.startswith("hx-on"):
                self._report(f"inline {name}=")
            if name in READ_BY_PEOPLE and is_text(value or ""):
                self._report(f"untranslated {name}: {value!r}")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._verbatim:
            self._verbatim = None

    def handle_data(self, data: str) -> None:
        if not self._verbatim and is_text(data):
            self._report(f"untranslated text: {data.strip()!r}")

    def _report(self, problem: str) -> None:
        self.problems.append((self.getpos()[0], problem))


def is_text(text: str) -> bool:
    """Tell whether this is something to translate: a word of two letters or more."""
    return len(SAME_EVERYWHERE.sub("", text)) > 1


def template_files(house: Path) -> list[Path]:
    """Return the templates of the house."""
    folders = [house / "templates", *house.glob("[a-z]*/templates")]
    files = (path for folder in folders for path in folder.rglob("*"))
    return sorted(path for path in files if path.suffix in {".html", ".txt"})


def problems_in(source: str, *, html: bool = True) -> Iterator[tuple[int, str]]:
    """Yield line and description of each problem in a template; plain text needs no escaping."""
    for number, line in enumerate(source.splitlines(), start=1):
        if html and UNSAFE.search(line):
            yield number, "switches escaping off"
    if error := compile_error(source):
        yield 1, error
    page = Page()
    page.feed(without_tags(source))
    page.close()
    exempt = bool(NOT_TRANSLATED.search(source))
    for number, problem in page.problems:
        if not (exempt and problem.startswith("untranslated")):
            yield number, problem


def without_tags(source: str) -> str:
    """Return the template with Django's tags, and all that they translate, taken out."""
    kept, skipped_until = [], None
    for token in Lexer(source).tokenize():
        name = token.contents.split()[0] if token.token_type == TokenType.BLOCK else None
        if name and skipped_until in (None, name):
            skipped_until = f"end{name}" if name in TRANSLATING else None
        keep = token.token_type == TokenType.TEXT and not skipped_until
        kept.append(token.contents if keep else "\n" * token.contents.count("\n"))
    return "".join(kept)


def compile_error(source: str) -> str | None:
    """Return why Django can't compile a template; None when it can."""
    try:
        engines["django"].from_string(source)
    except TemplateSyntaxError as error:
        return f"does not compile: {error}"
    return None


def main() -> int:
    """Report on every template; return the exit code."""
    django.setup()
    found = 0
    for path in template_files(HOUSE):
        source = path.read_text(encoding="utf-8")
        for line, problem in problems_in(source, html=path.suffix == ".html"):
            sys.stdout.write(f"{path.relative_to(HOUSE)}:{line}: {problem}\n")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
