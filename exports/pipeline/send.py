"""Send: the plan's batches, several requests in flight, within the account's limits."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.utils import timezone

from connections.activecampaign.answers import Accepted, Refused
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.contacts import MAX_BYTES, encode_batch
from connections.activecampaign.errors import ActiveCampaignError, OutcomeUnknown
from connections.activecampaign.limiter import AccountLimiter, Kind
from exports.models import Batch, Run
from exports.pipeline import ledger
from exports.pipeline.confirm import FIRST_POLL
from exports.pipeline.planned import PlanReader
from exports.pipeline.refusals import isolate, split

IN_FLIGHT = 8


@dataclass
class Sent:
    """What came of one round: how many requests were answered, and what stopped it."""

    answered: int = 0
    # Seconds until the account's limit allows the next request.
    wait: float = 0.0
    error: ActiveCampaignError | None = None
    refused_alone: list[str] = field(default_factory=list)


def send_round(
    run: Run, plan: PlanReader, client: ActiveCampaignClient, limiter: AccountLimiter
) -> Sent:
    """Send the next batches, as many as the limit allows at once and `IN_FLIGHT` at most.

    Every request is in the ledger before it leaves and after it is answered. An error of
    ActiveCampaign's is returned, not raised: what the other requests brought is kept.
    Raises LeaseLost.
    """
    batches, added = _encodable(run, plan)
    if added:
        ledger.record(run, [batch for batch, _ in batches], added=added, now=timezone.now())
    allowed, wait = _within_limit(batches, limiter)
    if not allowed:
        return Sent(wait=wait)
    ledger.mark_sending(run, [batch for batch, _ in allowed], now=timezone.now())
    with ThreadPoolExecutor(len(allowed)) as pool:
        answers = list(pool.map(lambda one: _post(client, one[1]), allowed))
    return _take_in(run, [batch for batch, _ in allowed], answers)


def _encodable(run: Run, plan: PlanReader) -> tuple[list[tuple[Batch, bytes]], list[Batch]]:
    """Return the next batches with their bodies, and the batches split off from too large ones."""
    bodies: list[tuple[Batch, bytes]] = []
    added: list[Batch] = []
    for batch in ledger.unsent(run)[: _width(run)]:
        contacts = plan.contacts(batch.first, batch.size)
        while True:
            chosen = [contacts[position] for position in batch.positions]
            body = encode_batch(chosen, list_id=run.list_id or 0, automations=False)
            if len(body) <= MAX_BYTES or batch.size == 1:
                break
            added.append(split(batch))
        bodies.append((batch, body))
    return bodies, added


def _width(run: Run) -> int:
    """Return how many requests may be in flight: one, while none of those sent was accepted.

    A request that is at fault itself then shows after a dozen answers instead of hundreds.
    """
    tried = not run.accepted and run.batches.filter(requests__gt=0).exists()
    return 1 if tried else IN_FLIGHT


def _within_limit(
    batches: Sequence[tuple[Batch, bytes]], limiter: AccountLimiter
) -> tuple[list[tuple[Batch, bytes]], float]:
    """Return the leading batches for which the account has slots now, else the wait."""
    for count, (batch, _) in enumerate(batches):
        kind = Kind.BULK_SINGLE if len(batch.positions) == 1 else Kind.BULK
        if wait := limiter.take(kind):
            return list(batches[:count]), wait
    return list(batches), 0.0


def _post(client: ActiveCampaignClient, body: bytes) -> Accepted | Refused | ActiveCampaignError:
    try:
        return client.send(body)
    except ActiveCampaignError as error:
        return error


def _take_in(
    run: Run,
    batches: Sequence[Batch],
    answers: Sequence[Accepted | Refused | ActiveCampaignError],
) -> Sent:
    now, sent, added = timezone.now(), Sent(), []
    for batch, answer in zip(batches, answers, strict=True):
        match answer:
            case Accepted():
                batch.status, batch.batch_id = Batch.Status.ACCEPTED, answer.batch_id
                batch.accepted_at, batch.poll_at = now, now + FIRST_POLL
                sent.answered += 1
            case Refused():
                added += isolate(batch, answer, now=now)
                sent.answered += 1
                if batch.status == Batch.Status.REFUSED:
                    sent.refused_alone += [words for _, words in batch.rejects.values()]
            case OutcomeUnknown():
                # It stays `sending`: it may have arrived, and is sent again.
                sent.error = answer
            case _:
                batch.status = Batch.Status.PENDING
                sent.error = answer
    ledger.record(run, batches, added=added, now=now)
    return sent
