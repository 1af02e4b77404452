"""Reads what people enter as ActiveCampaign List ID: a number, a name, or a pasted address."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from connections.activecampaign.answers import ContactList

# What the database and ActiveCampaign both take.
LARGEST = 2**31 - 1
_LABEL = re.compile(r".*\(([0-9]+)\)")


def label_of(found: ContactList) -> str:
    """Return how a list is offered and shown: its name and number."""
    return f"{found.name} ({found.id})"


def read_list_id(text: str, lists: Iterable[ContactList] = ()) -> int:
    """Return the number of the list that `text` means.

    It is a number, an address of ActiveCampaign with a listid, or the name of one of `lists`,
    with or without its number behind it. Raises ValueError when it is none of these.
    """
    text = text.strip()
    known = list(lists)
    for found in known:
        if text == label_of(found):
            return found.id
    named = [found.id for found in known if found.name.casefold() == text.casefold()]
    if len(named) == 1:
        return named[0]
    return _number(text if _is_number(text) else _listid_of(text) or _number_behind(text))


def _number(text: str) -> int:
    number = int(text) if _is_number(text) else 0
    if not 1 <= number <= LARGEST:
        raise ValueError(text)
    return number


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _listid_of(text: str) -> str:
    try:
        return parse_qs(urlsplit(text).query).get("listid", [""])[0]
    except ValueError:  # an address that is none, such as http://[
        return ""


def _number_behind(text: str) -> str:
    # The lists could not be read this time, and the field still holds what was chosen before.
    match = _LABEL.fullmatch(text)
    return match[1] if match else ""
