"""The catalogue files: read, brought up to date, written, compiled."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

# No dates and no names of tools: a catalogue changes only when its texts do.
HEADER = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def catalog_files(house: Path) -> list[Path]:
    """Return the catalogue of each language that Facteur speaks besides English."""
    return sorted(house.glob("locale/*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """Return a catalogue; raises PoFileError when the file is not well-formed."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], abort_invalid=True)


def brought_up_to_date(translated: Catalog, texts: Catalog) -> Catalog:
    """Return a catalogue of exactly these texts, with the translations that there are."""
    merged = Catalog(locale=translated.locale, charset="utf-8")
    for text in texts:
        if text.id:
            known = translated.get(text.id, text.context)
            _add(merged, text, known if known and _same_kind(text, known) else None)
    return merged


def written(catalog: Catalog) -> str:
    """Return the text of a catalogue's file."""
    body = io.BytesIO()
    write_po(body, catalog, omit_header=True, include_lineno=False, width=79)
    header = HEADER.format(locale=catalog.locale, plural_forms=catalog.plural_forms)
    return header + body.getvalue().decode("utf-8").rstrip("\n") + "\n"


def compile_catalog(path: Path) -> None:
    """Write the compiled form of a catalogue beside it."""
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(path))


def _same_kind(text: Message, known: Message) -> bool:
    """Tell whether both have plural forms, or neither has."""
    return isinstance(text.id, str) == isinstance(known.id, str)


def _add(merged: Catalog, text: Message, known: Message | None) -> None:
    merged.add(
        text.id,
        known.string if known else None,
        text.locations,
        flags=text.flags | (known.flags & {"fuzzy"} if known else set()),
        auto_comments=text.auto_comments,
        user_comments=known.user_comments if known else (),
        context=text.context,
    )
