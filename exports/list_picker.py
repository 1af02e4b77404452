"""The lists of an account to choose from: found by name or number, with how many are on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connections.activecampaign.answers import ContactList
from connections.services import count_active
from exports.destination import Destination
from exports.list_ids import label_of

OFFERED = 8
# Of so many lists that nobody has counted of late, contacts are counted while somebody waits.
COUNTED = 4
SECONDS = 1.5


@dataclass(frozen=True)
class OfferedList:
    """A list with its active contacts; None while nobody has counted them."""

    id: int
    name: str
    contacts: int | None


@dataclass(frozen=True)
class Picker:
    """The list that is chosen, or those that what was typed may mean; `more` are not shown."""

    chosen: OfferedList | None
    offered: Sequence[OfferedList]
    more: int
    is_search: bool


def pick_list(destination: Destination, text: str, chosen: ContactList | None) -> Picker | None:
    """Return what to offer for what was typed, unless it means the list that is `chosen`.

    None when the account names no lists.
    """
    if destination.connection is None or not (destination.lists or chosen):
        return None
    found = [chosen] if chosen else find_lists(destination.lists, text)
    shown = found[:OFFERED]
    counts = count_active(
        destination.connection, [each.id for each in shown], most=COUNTED, seconds=SECONDS
    )
    offered = [OfferedList(each.id, each.name, counts.get(each.id)) for each in shown]
    return Picker(
        chosen=offered[0] if chosen else None,
        offered=[] if chosen else offered,
        more=len(found) - len(shown),
        is_search=bool(text.strip()),
    )


def find_lists(lists: Iterable[ContactList], text: str) -> list[ContactList]:
    """Return the lists whose name holds all words of the text, or whose number begins with it."""
    words = text.casefold().split()
    return [
        each
        for each in lists
        if str(each.id).startswith(text.strip())
        or all(word in label_of(each).casefold() for word in words)
    ]
