"""What ActiveCampaign answers, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

from connections.activecampaign.shapes import (
    a_list,
    a_name,
    a_text,
    an_integer,
    an_object,
    maybe_integer,
    unreadable,
)

# Theirs have 36 characters.
LONGEST_BATCH_ID = 64

ImportState = Literal["pending", "completed", "failed", "interrupted"]


@dataclass(frozen=True)
class User:
    """Whose key it is."""

    id: int
    email: str
    name: str

    @classmethod
    def read(cls, data: Any) -> "User":
        user = an_object(an_object(data, "users/me").get("user"), "user")
        name = f"{a_text(user.get('firstName'))} {a_text(user.get('lastName'))}".strip()
        return cls(
            id=an_integer(user.get("id"), "user.id"),
            email=a_text(user.get("email")),
            name=name or a_text(user.get("username")),
        )


@dataclass(frozen=True)
class Account:
    """How many contacts the account may hold, and holds; None where it does not say."""

    name: str
    contact_limit: int | None
    contact_total: int | None

    @classmethod
    def read(cls, data: Any) -> "Account":
        account = an_object(data, "settings/account")
        return cls(
            name=a_text(account.get("account")),
            contact_limit=maybe_integer(account.get("subscriber_limit")),
            contact_total=maybe_integer(account.get("subscriber_total")),
        )


@dataclass(frozen=True)
class ContactList:
    id: int
    name: str

    @classmethod
    def read(cls, data: Any) -> "ContactList":
        found = an_object(data, "list")
        return cls(id=an_integer(found.get("id"), "list.id"), name=a_name(found.get("name")))


@dataclass(frozen=True)
class Field:
    """A custom field; `options` are the values it offers, for the types that offer any."""

    id: int
    title: str
    type: str
    tag: str
    options: tuple[str, ...]

    @classmethod
    def read(cls, data: Any, options: dict[int, list[str]]) -> "Field":
        field = an_object(data, "field")
        number = an_integer(field.get("id"), "field.id")
        return cls(
            id=number,
            title=a_name(field.get("title")),
            type=a_text(field.get("type")),
            tag=a_text(field.get("perstag")),
            options=tuple(options.get(number, ())),
        )


def read_options(page: dict[str, Any]) -> dict[int, list[str]]:
    """Return the values each field offers, by the field's ID, of one page of fields."""
    options: dict[int, list[str]] = {}
    listed = page.get("fieldOptions")
    for option in listed if isinstance(listed, list) else ():
        if isinstance(option, dict) and (field := maybe_integer(option.get("field"))) is not None:
            options.setdefault(field, []).append(a_text(option.get("value")))
    return options


@dataclass(frozen=True)
class Accepted:
    """A bulk import was queued: a promise, not a result. Store `batch_id` before anything else."""

    batch_id: str
    queued: int | None


@dataclass(frozen=True)
class Refusal:
    """One reason; `index` is their number of the contact, counted from 1 as far as is known."""

    index: int | None
    reason: str


@dataclass(frozen=True)
class Refused:
    """A bulk import was refused as a whole: nothing of it was queued. Has at least one reason."""

    reasons: tuple[Refusal, ...]
    message: str

    @classmethod
    def read(cls, data: Any, words: str) -> "Refused":
        answer = data if isinstance(data, dict) else {}
        listed = answer.get("failureReasons")
        reasons = tuple(_refusals(listed if isinstance(listed, list) else ()))
        return cls(
            reasons=reasons or (Refusal(index=None, reason=words),),
            message=a_text(answer.get("message")),
        )

    @property
    def names_nobody(self) -> bool:
        """Whether it does not say which of the contacts are to blame."""
        return all(refusal.index is None for refusal in self.reasons)

    @property
    def words(self) -> str:
        return self.reasons[0].reason or self.message


def _refusals(listed: Iterable[Any]) -> Iterable[Refusal]:
    for entry in listed:
        if isinstance(entry, dict):
            reason = a_text(entry.get("failureReason"))
            yield Refusal(index=maybe_integer(entry.get("contact")), reason=reason)
        elif isinstance(entry, str):
            yield Refusal(index=None, reason=a_text(entry))


@dataclass(frozen=True)
class ImportResult:
    """What became of a batch.

    `created` are the IDs of new contacts, `failed` the addresses that were not imported. The
    two need not add up to what was sent: a batch of updates may be perfect with both empty.
    """

    state: ImportState
    created: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: Any) -> "ImportResult":
        if data is False:  # asked less than a second after sending, or of an unknown batch
            return cls("pending")
        answer = an_object(data, "import/info")
        match answer.get("status"):
            case "completed" | "failed" | "interrupted" as state:
                return cls(state, _texts(answer, "success"), _texts(answer, "failure"))
            case str():
                return cls("pending")
            case _:
                raise unreadable("import/info status")


def _texts(answer: dict[str, Any], key: str) -> tuple[str, ...]:
    listed = answer.get(key)
    return tuple(a_text(entry) for entry in a_list([] if listed is None else listed, key))


@dataclass(frozen=True)
class Queue:
    """Imports that already wait in the account, and those of the last seven days."""

    waiting_batches: int
    waiting_contacts: int
    completed_batches: int
    completed_contacts: int

    @classmethod
    def read(cls, data: Any) -> "Queue":
        answer = an_object(data, "import/bulk_import")
        waiting, completed = answer.get("outstanding"), answer.get("recentlyCompleted")
        return cls(
            waiting_batches=_sum(waiting, "batches"),
            waiting_contacts=_sum(waiting, "contacts"),
            completed_batches=_sum(completed, "batches"),
            completed_contacts=_sum(completed, "contacts"),
        )


def _sum(days: Any, key: str) -> int:
    return sum(an_integer(an_object(day, key).get(key), key) for day in a_list(days, key))


class Status(IntEnum):
    """A contact's standing on a list; ANY is for asking only."""

    ANY = -1
    UNCONFIRMED = 0
    ACTIVE = 1
    UNSUBSCRIBED = 2
    BOUNCED = 3


@dataclass(frozen=True)
class Contact:
    """A contact as ActiveCampaign holds it."""

    id: int
    email: str
    first_name: str
    last_name: str
    phone: str

    @classmethod
    def read(cls, data: Any) -> "Contact":
        contact = an_object(data, "contact")
        return cls(
            id=an_integer(contact.get("id"), "contact.id"),
            email=a_text(contact.get("email")),
            first_name=a_text(contact.get("firstName")),
            last_name=a_text(contact.get("lastName")),
            phone=a_text(contact.get("phone")),
        )


@dataclass(frozen=True)
class Membership:
    """A contact's standing on one list."""

    list_id: int
    status: int

    @classmethod
    def read(cls, data: Any) -> "Membership":
        entry = an_object(data, "contactList")
        return cls(
            list_id=an_integer(entry.get("list"), "contactList.list"),
            status=an_integer(entry.get("status"), "contactList.status"),
        )
