"""What the ledger says of a contact that was forgotten."""

from collections.abc import Iterable
from datetime import datetime

from exports.models import Batch, Run
from exports.pipeline.ledger import UNSENT

# Of a reject: that the person was forgotten before being sent.
FORGOTTEN = "forgotten"


def forget_positions(run: Run, positions: Iterable[int], *, now: datetime) -> None:
    """Drop what ActiveCampaign said of the contacts at these positions of a run that rests.

    Those not sent yet are set aside, so that a run that is resumed passes them over.
    """
    for position in positions:
        batch = run.batches.filter(first__lte=position).order_by("-first").first()
        if batch is not None and position < batch.first + batch.size:
            _forget(batch, position, now)


def _forget(batch: Batch, position: int, now: datetime) -> None:
    known = batch.rejects.get(str(position))
    if batch.status in UNSENT:
        batch.reject({position: (FORGOTTEN, "")})
        if batch.rejected == batch.size:
            batch.status, batch.finished_at = Batch.Status.REFUSED, now
    elif known:
        batch.rejects[str(position)] = [known[0], ""]
    else:
        return
    batch.save(update_fields=["rejects", "rejected", "status", "finished_at"])
