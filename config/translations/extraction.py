"""Collects the texts for people from our code and templates."""

from __future__ import annotations

import ast
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

SOURCES = ("accounts", "config", "connections", "demo", "exports", "segments", "templates")
TEMPLATE_SUFFIXES = {".html", ".txt"}
COMMENT_TAGS = ("Translators:",)

# Which arguments of a function are texts: (1, "c") is the context of the text.
KEYWORDS: Mapping[str, Any] = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extract_texts(house: Path) -> Catalog:
    """Return an untranslated catalogue of every text in our source files."""
    catalog = Catalog(charset="utf-8")
    for path in source_files(house):
        location = path.relative_to(house).as_posix()
        code = io.BytesIO(gettext_calls(path).encode("utf-8"))
        for line, text, comments, context in extract(
            "python", code, keywords_in(path), COMMENT_TAGS, {"encoding": "utf-8"}
        ):
            catalog.add(text, None, [(location, line)], auto_comments=comments, context=context)
    return catalog


def source_files(house: Path) -> list[Path]:
    """Return our code and templates, in a fixed order, migrations left out."""
    return sorted(
        path
        for source in SOURCES
        for path in (house / source).rglob("*")
        if path.suffix in {".py", *TEMPLATE_SUFFIXES} and "migrations" not in path.parts
    )


def keywords_in(path: Path) -> Mapping[str, Any]:
    """Return KEYWORDS and the names under which a module imports these functions."""
    if path.suffix != ".py":
        return KEYWORDS
    imported = [
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
    ]
    aliases = {
        name.asname: KEYWORDS[name.name]
        for name in imported
        if name.asname and name.name in KEYWORDS
    }
    return {**KEYWORDS, **aliases}


def gettext_calls(path: Path) -> str:
    """Return the file as something that Python's tokenizer, and so Babel, can read.

    Django turns a template into gettext calls among blanked-out text; only its indentation
    is in the way.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    calls = templatize(text, origin=str(path))
    return "".join(line.lstrip() for line in calls.splitlines(keepends=True))
