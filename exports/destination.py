"""The account behind a connection, as far as it answers: its lists, fields and contact limit."""

from dataclasses import dataclass

from django.core.cache import cache

from accounts.models import User
from config.problems import Description
from connections.activecampaign.answers import ContactList, Field
from connections.activecampaign.errors import ActiveCampaignError, ConfigError
from connections.models import Connection
from connections.problems import describe_error, describe_problem, problem_of
from connections.services import NotUsable, describe_account
from connections.services import find_list as ask_for_list

# Seconds.
LEFT_ALONE = 30


class ListMissing(Exception):
    """The account says that there is no such list, or that the key may not see it."""

    def __init__(self, description: Description) -> None:
        super().__init__(str(description))
        self.description = description


@dataclass(frozen=True)
class Destination:
    """Where an export may go; `trouble` says why the account tells nothing now."""

    connection: Connection | None = None
    lists: tuple[ContactList, ...] = ()
    fields: tuple[Field, ...] = ()
    contact_limit: int | None = None
    contact_total: int | None = None
    trouble: Description | None = None

    @property
    def answers(self) -> bool:
        return self.connection is not None and self.trouble is None

    @property
    def room(self) -> int | None:
        """Return how many more contacts the account's contract allows, None when unknown."""
        if self.contact_limit is None or self.contact_total is None:
            return None
        return max(self.contact_limit - self.contact_total, 0)


def look_up(connection: Connection | None, user: User) -> Destination:
    """Return what the account behind `connection` says; any trouble is in words for `user`.

    An account that failed is left alone for a while: the form asks at every change.
    """
    if connection is None:
        return Destination()
    key = f"exports:trouble:{connection.pk}:{connection.version}"
    if trouble := cache.get(key):
        return Destination(connection, trouble=describe_problem(trouble, user))
    try:
        account = describe_account(connection)
    except NotUsable as error:
        return Destination(connection, trouble=describe_problem(error.problem, user))
    except ActiveCampaignError as error:
        trouble = problem_of(error, connection)
        cache.set(key, trouble, LEFT_ALONE)
        return Destination(connection, trouble=describe_problem(trouble, user))
    return Destination(
        connection,
        lists=tuple(sorted(account.lists, key=lambda found: found.name.casefold())),
        fields=tuple(account.fields),
        contact_limit=account.contact_limit,
        contact_total=account.contact_total,
    )


def find_list(destination: Destination, list_id: int, user: User) -> ContactList | None:
    """Return the list of this number, asking the account when it is not among the known ones.

    Return None when the account doesn't answer now. Raises ListMissing.
    """
    for found in destination.lists:
        if found.id == list_id:
            return found
    connection = destination.connection
    if connection is None or destination.trouble:
        return None
    try:
        return ask_for_list(connection, list_id)
    except ConfigError as error:
        described = describe_error(error, connection, user=user, list_id=list_id)
        raise ListMissing(described) from error
    except (NotUsable, ActiveCampaignError):
        return None
