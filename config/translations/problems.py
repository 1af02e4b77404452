"""What is wrong with a translation: missing, guessed, or not saying what the original says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z%]|%")
BRACES = re.compile(r"\{\w*\}")
TAGS = re.compile(r"</?\w+")
# What each language never writes: French wants ’ and non-breaking spaces about its signs.
SLIPS = {
    "fr": re.compile(r"(?<![\u00a0?!])[;:?!](?=\s|$)|(?<!\u00a0)»|«(?!\u00a0)|(?<=\w)'(?=\w)"),
}


def problems_in(catalog: Catalog) -> list[str]:
    """Return what is wrong with each entry, in words; nothing when all is well."""
    return [
        f"{_first(message)!r}: {problem}"
        for message in catalog
        if message.id
        for problem in (
            *_problems_of(message, catalog.num_plurals),
            *_slips(message, SLIPS.get(str(catalog.locale))),
        )
    ]


def _problems_of(message: Message, plural_forms: int) -> Iterator[str]:
    forms = _forms(message.string)
    wanted = 1 if isinstance(message.id, str) else plural_forms
    if message.fuzzy:
        yield "is fuzzy; check it and take the mark off"
    if not all(forms):
        yield "is not translated" if not any(forms) else "lacks a plural form"
    elif len(forms) != wanted:
        yield f"has {len(forms)} forms, not {wanted}"
    else:
        for number, form in enumerate(forms):
            yield from _problems_of_form(message, number, form)


def _problems_of_form(message: Message, number: int, form: str) -> Iterator[str]:
    originals = _forms(message.id)
    last = originals[-1]
    # "One contact" may become "%(count)s contact": French counts none as one.
    allowed = originals if number == 0 else originals[-1:]
    if placeholders(form, message) not in [placeholders(text, message) for text in allowed]:
        yield f"has the placeholders {placeholders(form, message)} in {form!r}"
    if sorted(TAGS.findall(form)) != sorted(TAGS.findall(last)):
        yield f"has other markup in {form!r}"
    if _edges(form) != _edges(last):
        yield f"begins or ends with other white space in {form!r}"


def _slips(message: Message, never: re.Pattern[str] | None) -> Iterator[str]:
    for form in _forms(message.string):
        if never and (slip := never.search(form)):
            yield f"needs another apostrophe or a non-breaking space at {slip[0]!r} in {form!r}"


def placeholders(text: str, message: Message) -> list[str]:
    """Return what the program fills in, sorted; a lone % counts, for it would not format."""
    found = BRACES.findall(text)
    if message.python_format:
        found += [mark for mark in PERCENT.findall(text) if mark != "%%"]
    return sorted(set(found))


def _forms(string: object) -> list[str]:
    if isinstance(string, tuple | list):
        return [form or "" for form in string]
    return [str(string or "")]


def _first(message: Message) -> str:
    return _forms(message.id)[0]


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()
