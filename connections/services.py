"""What exports ask of a connection, and its end."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.core.cache import cache as answers
from django.db import transaction
from django.db.models import ProtectedError
from redis import Redis

from connections.activecampaign.answers import ContactList, Field
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, ConfigError
from connections.activecampaign.limiter import AccountLimiter
from connections.limits import rates_of
from connections.models import Connection, endpoint_of
from connections.patience import Patience

# Seconds to open a connection, and between two bytes of an answer, while a person waits.
TIMEOUT = (4.0, 8.0)
# Seconds that an answer serves the next pages.
DESCRIPTION_SERVES = 300
COUNT_SERVES = 600
# Status of a contact that is on a list and wants to be.
ACTIVE = 1


class NotUsable(Exception):
    """The connection may not be used now; `problem` says why (see connections/problems.py)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["code"])
        self.problem = problem


class InUse(Exception):
    """The connection has exports: remove or detach them first."""


@dataclass(frozen=True)
class AccountDescription:
    """What an export may choose from; a limit is None where the key may not see it."""

    lists: tuple[ContactList, ...]
    fields: tuple[Field, ...]
    contact_limit: int | None
    contact_total: int | None


def open_client(connection: Connection, **options: Any) -> ActiveCampaignClient:
    """Return a client for the connection's account; `options` are those of the client.

    Raises NotUsable when the export user is gone, the consent lapsed, the settings no longer
    allow the host, or the key can't be decrypted.
    """
    if problem := connection.problem():
        raise NotUsable(problem)
    return ActiveCampaignClient(endpoint_of(connection.host), connection.api_key, **options)


def limiter_for_host(host: str) -> AccountLimiter:
    """Return the limiter that everybody shares who talks to the account of this host."""
    return AccountLimiter(_redis(settings.REDIS_URL), host, rates_of(host))


def limiter_for(connection: Connection) -> AccountLimiter:
    """Return the limiter of the connection's account."""
    return limiter_for_host(connection.host)


def describe_account(connection: Connection) -> AccountDescription:
    """Return the account's lists, custom fields and contact limit, at most five minutes old.

    Waits some seconds at most. Raises NotUsable and ActiveCampaignError.
    """
    key = f"connections:account:{connection.pk}:{connection.version}"
    if (description := answers.get(key)) is None:
        description = _ask_account(connection)
        answers.set(key, description, DESCRIPTION_SERVES)
    return description  # type: ignore[no-any-return]


def find_list(connection: Connection, list_id: int) -> ContactList:
    """Return one list of the account, asked for now.

    Raises NotUsable and ActiveCampaignError, among them ConfigError("list_not_found").
    """
    with open_client(connection, timeout=TIMEOUT) as client:
        return _patience(connection).ask(lambda: client.list(list_id))


def count_active(
    connection: Connection, list_ids: Iterable[int], *, most: int, seconds: float
) -> dict[int, int]:
    """Return how many active contacts these lists have, as far as that is known.

    Counts are at most ten minutes old. Of lists whose count is not known, so many are asked for
    and in so many seconds: each is a request of the account's. Raises nothing: whoever chooses a
    list can do without.
    """
    keys = {_count_key(connection, list_id): list_id for list_id in list_ids}
    known: dict[str, int] = answers.get_many(keys)
    unknown = [key for key in keys if key not in known][:most]
    patience = Patience(limiter_for(connection), seconds)
    with suppress(NotUsable, ActiveCampaignError), open_client(connection, timeout=TIMEOUT) as api:
        for key in unknown:
            count = partial(api.count_contacts, list_id=keys[key], status=ACTIVE)
            known[key] = patience.ask(count)
            answers.set(key, known[key], COUNT_SERVES)
    return {keys[key]: count for key, count in known.items()}


def _count_key(connection: Connection, list_id: int) -> str:
    return f"connections:active:{connection.pk}:{connection.version}:{list_id}"


@transaction.atomic
def remove_connection(*, connection: Connection) -> None:
    """Delete the connection with its key; what was agreed to stays. Raises InUse."""
    try:
        connection.delete()
    except ProtectedError:
        raise InUse(connection.name) from None


def _patience(connection: Connection) -> Patience:
    return Patience(limiter_for(connection), settings.ACTIVECAMPAIGN_CONNECT_SECONDS)


def _ask_account(connection: Connection) -> AccountDescription:
    with open_client(connection, timeout=TIMEOUT) as client:
        patience = _patience(connection)
        limit, total = _ask_limit(client, patience)
        return AccountDescription(
            lists=tuple(patience.call(lambda: client.lists(take_turn=patience.take_turn))),
            fields=tuple(patience.call(lambda: client.fields(take_turn=patience.take_turn))),
            contact_limit=limit,
            contact_total=total,
        )


def _ask_limit(client: ActiveCampaignClient, patience: Patience) -> tuple[int | None, int | None]:
    try:
        account = patience.ask(client.account)
    except ConfigError as error:
        # Only administrators of the account may read it, and any key may send.
        if error.code != "key_refused":
            raise
        return None, None
    return account.contact_limit, account.contact_total


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(url)
