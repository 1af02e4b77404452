"""What to do when ActiveCampaign refuses a batch: find the culprits, spare their neighbours.

A bulk request is all or nothing. Those whom the answer names by number are set aside and the
rest is sent again; only when that is accepted was the naming right. When it is refused again, or
names nobody, the batch is halved until one contact stands alone.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from connections.activecampaign.answers import Refusal, Refused
from connections.activecampaign.client import ActiveCampaignClient
from exports.mapping import Mapping
from exports.models import Batch, Run
from exports.pipeline import ledger
from exports.pipeline.planned import PlanReader
from exports.pipeline.turns import Turns

# So many refused alone in the same words, and nobody accepted: not the contacts are at fault.
SAME_WORDS = 3
# Those whom the answer names by number may be, when nobody but them is new today.
SAME_WORDS_BY_NUMBER = 20


class RequestAtFault(Exception):
    """ActiveCampaign refuses whoever is sent, in the same `words`: an unknown field, say."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def isolate(batch: Batch, refused: Refused, *, now: datetime) -> list[Batch]:
    """Change a refused batch so that it can be sent again; return batches that it split off."""
    sent = batch.positions
    if len(sent) == 1:
        reason = refused.reasons[0].reason if refused.reasons else refused.message
        batch.reject({sent[0]: ("refused", reason)})
        batch.named = not refused.names_nobody
        batch.status, batch.finished_at = Batch.Status.REFUSED, now
        return []
    named = {} if batch.named else _named(refused.reasons, sent)
    if named and len(named) < len(sent):
        batch.reject(named)
        batch.named = True
        batch.status = Batch.Status.PENDING
        return []
    return [split(batch)]


def split(batch: Batch) -> Batch:
    """Halve a batch; return the second half, which is new. Guesses by number are forgotten."""
    kept = batch.size // 2
    second = Batch(run_id=batch.run_id, first=batch.first + kept, size=batch.size - kept)
    batch.size, batch.rejects, batch.rejected = kept, {}, 0
    batch.named, batch.status = False, Batch.Status.PENDING
    return second


def check_destination(run: Run, client: ActiveCampaignClient, turns: Turns, words: str) -> None:
    """Ask whether the list and the mapped fields are still there: two requests at least.

    Without them every contact is refused, and halving would blame them all, one by one. Raises
    ConfigError("list_not_found"), RequestAtFault with ActiveCampaign's `words`, and NotYet.
    """
    turns.require()
    client.list(run.list_id or 0)
    wanted = {field.field_id for field in Mapping.from_json(run.mapping) if field.field_id}
    if wanted and not wanted <= {field.id for field in client.fields(take_turn=turns.require)}:
        raise RequestAtFault(words)


def check_request(run: Run, plan: PlanReader, *, now: datetime) -> None:
    """Raise RequestAtFault instead of refusing everybody one by one.

    Those who were refused alone are then to be sent again: it was not their fault. Who was sent
    in vain before is no witness: a run may have nobody else to send.
    """
    if run.batches.filter(status__in=ledger.TAKEN).exists():
        return
    alone = list(run.batches.filter(status=Batch.Status.REFUSED))
    retried = plan.retried([batch.first for batch in alone])
    witnesses = Counter(
        (batch.named, said)
        for batch in alone
        for position, (_, said) in batch.rejects.items()
        if int(position) not in retried
    )
    for (named, said), times in witnesses.items():
        if times >= (SAME_WORDS_BY_NUMBER if named else SAME_WORDS):
            _acquit(run, alone, now=now)
            raise RequestAtFault(said)


def _acquit(run: Run, alone: Sequence[Batch], *, now: datetime) -> None:
    for batch in alone:
        batch.status, batch.rejects, batch.rejected = Batch.Status.PENDING, {}, 0
        batch.named, batch.finished_at = False, None
    ledger.record(run, alone, now=now)


def _named(reasons: Sequence[Refusal], sent: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return whom the answer names, by position; nobody when a number fits no contact.

    ActiveCampaign was seen to count from 1; an index of 0 says that it counts from 0.
    """
    base = 0 if any(refusal.index == 0 for refusal in reasons) else 1
    named = {}
    for refusal in reasons:
        if refusal.index is None or not 0 <= refusal.index - base < len(sent):
            return {}
        named[sent[refusal.index - base]] = ("refused", refusal.reason)
    return named
