"""Problems as data: stored as code and values, worded in the language of whoever reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Wording:
    """What happened, and what to do next; both may use the problem's values as %(name)s."""

    happened: str | Promise
    todo: str | Promise = ""


@dataclass(frozen=True)
class Description:
    """A problem in words."""

    happened: str
    todo: str

    def __str__(self) -> str:
        return f"{self.happened} {self.todo}".strip()


def problem(code: str, **values: Any) -> dict[str, Any]:
    """Return a problem in the form that is stored."""
    return {"code": code, **values}


def describe(
    stored: Mapping[str, Any] | None, wordings: Mapping[str, Wording]
) -> Description | None:
    """Return a stored problem in the active language; None when there is none."""
    if not stored:
        return None
    wording = wordings[stored["code"]]
    return Description(str(wording.happened) % stored, str(wording.todo) % stored)
