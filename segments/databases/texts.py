"""Values that drivers give, as the texts of a profile table."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings


class NoText(Exception):
    """A value that can't be written as text: bytes, or something that only its driver knows."""


def text_of(value: Any) -> str:
    """Return a value as text; raises NoText."""
    for kind, text in _KINDS:
        if isinstance(value, kind):
            return text(value)
    raise NoText


def plain_number(text: str) -> str:
    """Return a number without an exponent: 1e-05 as 0.00001."""
    return format(Decimal(text), "f") if "e" in text else text


def _float(value: float) -> str:
    # As many digits as a double can hold for certain: 39.62, not 39.620000000000005.
    return plain_number(f"{value:.15g}")


def _time(value: dt.datetime) -> str:
    if value.tzinfo is not None:
        value = value.astimezone(ZoneInfo(settings.TIME_ZONE))
    return value.strftime("%Y-%m-%d %H:%M:%S")


# In this order: a bool is an int to Python, and a datetime a date.
_KINDS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (str, str),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (float, _float),
    (Decimal, lambda value: format(value, "f")),
    (dt.datetime, _time),
    (dt.date, dt.date.isoformat),
    (dt.time, dt.time.isoformat),
    (uuid.UUID, str),
)
