"""Deleting the contact in ActiveCampaign, in the accounts that we delivered the person to."""

import time
from datetime import timedelta

from django.db import transaction

from config.problems import problem
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, RateLimited
from connections.activecampaign.limiter import AccountLimiter, Kind
from connections.models import Connection
from connections.services import NotUsable, limiter_for, open_client
from exports.erasing.files import Work
from exports.erasing.progress import note
from exports.erasing.waiting import NotYet

# What a rate limit without Retry-After stands for: their minute.
_RATE_PAUSE = 60.0
_LONGEST_SLEEP = 2.0
_GONE = 404


class NotDeleted(Exception):
    """An account did not delete the contact; `connection` is the one that was used."""

    def __init__(self, error: ActiveCampaignError, connection: Connection) -> None:
        super().__init__(str(error))
        self.error, self.connection = error, connection


def delete_in_accounts(work: Work) -> None:
    """Delete the contact wherever that has not been done; raises NotYet, NotDeleted, LeaseLost.

    An account that no usable connection leads to is noted, for people to see to.
    """
    progress = work.erasure.progress
    for host in progress.get("hosts", []):
        if host in progress.get("done", []):
            continue
        connection, client = _way_into(host)
        if connection is None or client is None:
            with transaction.atomic():
                note(work.erasure, done=[host], remains={"hosts": [host]})
            continue
        with client:
            _delete(work, connection, client)


def _way_into(host: str) -> tuple[Connection | None, ActiveCampaignClient | None]:
    for connection in Connection.objects.filter(host=host).order_by("pk"):
        try:
            return connection, open_client(connection)
        except NotUsable:
            continue
    return None, None


def _delete(work: Work, connection: Connection, client: ActiveCampaignClient) -> None:
    limiter = limiter_for(connection)
    deleted = 0
    try:
        _take_turn(limiter)
        found = client.contacts_after(0, email=work.address.address)
        for contact in found:
            # Servers may take the address for a pattern.
            if contact.email.lower() == work.address.address:
                _take_turn(limiter)
                deleted += _delete_one(client, contact.id)
    except RateLimited as error:
        pause = error.retry_after or _RATE_PAUSE
        limiter.pause(pause)
        raise _waiting(pause) from error
    except ActiveCampaignError as error:
        raise NotDeleted(error, connection) from error
    with transaction.atomic():
        note(work.erasure, erased={"contacts": deleted}, done=[connection.host])


def _delete_one(client: ActiveCampaignClient, contact_id: int) -> int:
    try:
        client.delete_contact(contact_id)
    except ActiveCampaignError as error:
        if error.status != _GONE:
            raise
        return 0
    return 1


def _take_turn(limiter: AccountLimiter) -> None:
    """Take a slot of the account; a short wait is slept through, or a slow account never ends."""
    while wait := limiter.take(Kind.READ):
        if wait > _LONGEST_SLEEP:
            raise _waiting(wait)
        time.sleep(wait)


def _waiting(seconds: float) -> NotYet:
    return NotYet(problem("waiting_for_limit"), timedelta(seconds=seconds))
