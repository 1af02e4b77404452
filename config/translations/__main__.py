"""The command line of the translations; see USAGE."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from babel.messages.pofile import PoFileError

from config.translations.catalogs import (
    brought_up_to_date,
    catalog_files,
    compile_catalog,
    read,
    written,
)
from config.translations.extraction import extract_texts
from config.translations.problems import problems_in

HOUSE = Path(__file__).resolve().parents[2]
USAGE = """\
Usage: python -m config.translations update | compile | check
  update   bring locale/*/LC_MESSAGES/django.po up to date with the code
  compile  write the .mo files that Django reads
  check    fail unless every text is translated, and soundly
"""


def update(house: Path) -> list[str]:
    """Write the catalogues anew; return what is left to translate."""
    texts = extract_texts(house)
    for path in catalog_files(house):
        path.write_text(written(brought_up_to_date(read(path), texts)), encoding="utf-8")
    return [problem for path in catalog_files(house) for problem in _named(path, house)]


def compile_all(house: Path) -> list[str]:
    """Compile every catalogue."""
    for path in catalog_files(house):
        compile_catalog(path)
    return []


def check(house: Path) -> list[str]:
    """Return what is wrong with the catalogues, their being out of date included."""
    texts = extract_texts(house)
    problems = []
    for path in catalog_files(house):
        if written(brought_up_to_date(read(path), texts)) != path.read_text(encoding="utf-8"):
            problems.append(f"{path.relative_to(house)}: is out of date; run `make messages`")
        problems += _named(path, house)
    return problems


def _named(path: Path, house: Path) -> list[str]:
    return [f"{path.relative_to(house)}: {problem}" for problem in problems_in(read(path))]


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "update": update,
    "compile": compile_all,
    "check": check,
}


def main(arguments: list[str], house: Path = HOUSE) -> int:
    """Run one command; return the exit code: 1 when the check finds something."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.stderr.write(USAGE)
        return 2
    try:
        problems = COMMANDS[arguments[0]](house)
    except PoFileError as error:
        problems = [f"A catalogue is not well-formed: {error}"]
        sys.stderr.write(problems[0] + "\n")
        return 1
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if problems and arguments[0] == "check" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
