"""The one style sheet of all pages: the parts in static/css, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NAME = "facteur.css"
# In this order: later rules win over earlier ones that are as specific.
PARTS = (
    *("tokens", "base", "frame", "forms", "components", "tables", "runs", "rules", "schedules"),
    *("segments", "sources", "exports", "home", "setup", "print"),
)


class StyleSheetFinder(BaseFinder):
    """Offers facteur.css to collectstatic, and to WhiteNoise while DEBUG is on."""

    def find(self, path: str, find_all: bool = False, **_old_name: Any) -> Any:
        """Return where the style sheet lies, or [] when something else is looked for."""
        if path != NAME:
            return []
        found = str(_written() / NAME)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Return the style sheet and the storage that it is in."""
        yield NAME, FileSystemStorage(_written())


def _written() -> Path:
    """Put the parts together as they are now, and return the folder of the whole."""
    parts = Path(settings.BASE_DIR, "static", "css")
    folder = Path(settings.DATA_DIR, "work", "style")
    folder.mkdir(parents=True, exist_ok=True)
    style = "".join((parts / f"{name}.css").read_text() for name in PARTS)
    (folder / NAME).write_text(style)
    return folder
