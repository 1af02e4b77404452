"""Reading JSON whose shape nobody guarantees: the right thing, or PermanentError("unreadable").

IDs and totals come as strings mostly, and as numbers sometimes: both are read. What is read fits
into a database: integers into 64 bits, and texts hold no NUL, which PostgreSQL does not take.
"""

from typing import Any

from connections.activecampaign.errors import PermanentError

LARGEST = 2**63 - 1
# More are not read at all: Python refuses thousands of them with an error of its own.
_DIGITS = len(str(LARGEST))
LONGEST_NAME = 255


def an_object(data: Any, where: str) -> dict[str, Any]:
    """Return `data` if it is a JSON object."""
    if not isinstance(data, dict):
        raise unreadable(where)
    return data


def a_list(data: Any, where: str) -> list[Any]:
    """Return `data` if it is a JSON array."""
    if not isinstance(data, list):
        raise unreadable(where)
    return data


def an_integer(data: Any, where: str) -> int:
    """Return the integer that `data` is or spells."""
    number = maybe_integer(data)
    if number is None:
        raise unreadable(where)
    return number


def maybe_integer(data: Any) -> int | None:
    """Return the integer that `data` is or spells, else None."""
    if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) <= _DIGITS:
        data = int(data)
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) <= LARGEST:
        return data
    return None


def a_text(data: Any) -> str:
    """Return `data` if it is text, the digits of a number, and "" for anything else."""
    if isinstance(data, str):
        return data.replace("\0", "")
    if isinstance(data, int) and not isinstance(data, bool):
        return str(data)
    return ""


def a_name(data: Any) -> str:
    """Return the text that `data` is, cut where a name ends that would be too long."""
    return a_text(data)[:LONGEST_NAME]


def unreadable(where: str) -> PermanentError:
    """Return the error that says which part of an answer is not what it should be."""
    return PermanentError("unreadable", status=200, detail=where)
