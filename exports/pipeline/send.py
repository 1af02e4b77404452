"""Send: the plan's batches, as many at once as the account's limits allow."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from django.db.models import F, Q

from connections.activecampaign.answers import Accepted, Refused
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.contacts import MAX_BYTES, encode_batch
from connections.activecampaign.errors import ActiveCampaignError, OutcomeUnknown
from connections.activecampaign.limiter import Kind
from exports.models import Batch, Run
from exports.options import Options
from exports.pipeline import ledger
from exports.pipeline.confirm import FIRST_POLL
from exports.pipeline.planned import PlanReader
from exports.pipeline.refusals import isolate, split

Answer = Accepted | Refused | ActiveCampaignError


def next_to_send(run: Run, *, most: int, besides: Collection[int]) -> Iterator[list[Batch]]:
    """Give the next batches, `most` of them at most, that count alike for the limits.

    First of the kind that is first in the ledger, then of the other one; never an empty list.
    """
    unsent = ledger.unsent(run, besides=besides)
    batches = list(unsent[:most])
    if not batches:
        return
    first = kind_of(batches[0])
    yield list(takewhile(lambda batch: kind_of(batch) == first, batches))
    if others := list(unsent.filter(~_ALONE if first == Kind.BULK_SINGLE else _ALONE)[:most]):
        yield others


def kind_of(batch: Batch) -> Kind:
    """Return what the request counts as: a single contact has a limit of its own."""
    return Kind.BULK_SINGLE if batch.size - batch.rejected == 1 else Kind.BULK


# The same, as a question to the ledger.
_ALONE = Q(size=F("rejected") + 1)


def encode(run: Run, plan: PlanReader, batches: Sequence[Batch]) -> tuple[list[bytes], list[Batch]]:
    """Return the batches' bodies, and the batches that were split off from too large ones."""
    bodies: list[bytes] = []
    added: list[Batch] = []
    for batch in batches:
        while len(body := _body(run, plan, batch)) > MAX_BYTES and batch.size > 1:
            added.append(split(batch))
        bodies.append(body)
    return bodies, added


def post(client: ActiveCampaignClient, body: bytes) -> Answer:
    """Return what ActiveCampaign answers, also when that is an error."""
    try:
        return client.send(body)
    except ActiveCampaignError as error:
        return error


def take_in(batch: Batch, answer: Answer, *, now: datetime) -> list[Batch]:
    """Note on a batch what became of its request; return batches that were split off."""
    match answer:
        case Accepted():
            batch.status, batch.batch_id = Batch.Status.ACCEPTED, answer.batch_id
            batch.accepted_at, batch.poll_at = now, now + FIRST_POLL
        case Refused():
            return isolate(batch, answer, now=now)
        case OutcomeUnknown():
            pass  # it stays `sending`: it may have arrived, and is sent again
        case _:
            put_back(batch)
    return []


def put_back(batch: Batch) -> None:
    """Note that a request did not arrive. One before it may have, if there was one."""
    batch.status = Batch.Status.SENDING if batch.requests > 1 else Batch.Status.PENDING


def _body(run: Run, plan: PlanReader, batch: Batch) -> bytes:
    contacts = plan.contacts(batch.first, batch.size)
    chosen = [contacts[position] for position in batch.positions]
    automations = Options.from_json(run.options).automations
    return encode_batch(chosen, automations=automations)
