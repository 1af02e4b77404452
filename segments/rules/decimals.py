"""Numbers of a rule: stored with a point, written with the decimal sign of the reader."""

import re

from django.utils.formats import get_format

_WITH_COMMA = re.compile(r"[+-]?[\d\s]+(,\d+)?")


def as_stored(text: str) -> str:
    """Return a number as a rule stores it; what is no number of the active language, as it is."""
    if get_format("DECIMAL_SEPARATOR") == "," and _WITH_COMMA.fullmatch(text):
        return re.sub(r"\s", "", text).replace(",", ".")
    return text


def as_written(number: str) -> str:
    """Return a stored number as the active language writes it."""
    return number.replace(".", get_format("DECIMAL_SEPARATOR"))
