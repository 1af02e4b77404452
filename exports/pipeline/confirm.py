"""Confirm: ask what became of each accepted batch, within what the limits leave."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, Q

from connections.activecampaign.answers import ImportResult
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, PermanentError
from exports.models import Batch, Run
from exports.pipeline import ledger
from exports.pipeline.planned import PlanReader

# The result is `false` in the first second, and a batch of one took six.
FIRST_POLL = timedelta(seconds=2)
# A run that has sent everything only waits, and has requests to spare.
EARLIEST_POLL = timedelta(seconds=1)
SHORT_PAUSE = timedelta(seconds=0.3)
LONGEST_PAUSE = timedelta(seconds=60)
# So many questions later the pause is the longest; 1.6 to the power of 70 seconds is no time.
GROWS_FOR = 12
# No promise exists on how long an import takes, or on how long its result is kept.
DEADLINE = timedelta(hours=2)


def next_to_ask(run: Run, *, most: int, besides: Collection[int], now: datetime) -> list[Batch]:
    """Return the batches to ask for now, `most` of them at most, the longest waiting first."""
    # A time so far ahead was set before the clock was set back.
    come = Q(poll_at__lte=now) | Q(poll_at__gt=now + 2 * LONGEST_PAUSE)
    return list(ledger.unconfirmed(run, besides=besides).filter(come)[:most])


def hasten(run: Run) -> None:
    """Ask for the last results as early as there can be any."""
    waiting = ledger.unconfirmed(run).filter(polls=0)
    waiting.update(poll_at=F("accepted_at") + EARLIEST_POLL)


def next_poll(run: Run) -> datetime | None:
    """Return when the next result is due; None when every batch has its result."""
    return ledger.unconfirmed(run).values_list("poll_at", flat=True).first()


def ask(client: ActiveCampaignClient, batch_id: str) -> ImportResult | ActiveCampaignError:
    """Return what is known of an import, or the error that was met."""
    try:
        return client.import_result(batch_id)
    except PermanentError:
        # One unreadable answer is no reason to stop: it is asked again later.
        return ImportResult(state="pending", created=(), failed=())
    except ActiveCampaignError as error:
        return error


def take_in(
    batch: Batch, result: ImportResult, plan: PlanReader, *, only_waits: bool, now: datetime
) -> None:
    """Note on a batch what its result says; of a run that `only_waits` it is asked again soon."""
    batch.polls += 1
    match result.state:
        case "completed":
            failed = plan.positions_of(result.failed, batch.first, batch.size)
            batch.reject(dict.fromkeys(failed, ("not_imported", "")))
            batch.status, batch.finished_at = Batch.Status.CONFIRMED, now
        case "failed" | "interrupted" if not batch.sent_again:
            # It may have been their system's fault; sending again is an upsert.
            batch.status, batch.sent_again = Batch.Status.PENDING, True
        case "failed" | "interrupted":
            batch.status, batch.finished_at = Batch.Status.UNKNOWN, now
        case _ if batch.accepted_at and now - batch.accepted_at > DEADLINE:
            batch.status, batch.finished_at = Batch.Status.UNKNOWN, now
        case _:
            pause = SHORT_PAUSE if only_waits else FIRST_POLL
            pause *= 1.6 ** min(batch.polls, GROWS_FOR)
            batch.poll_at = now + min(pause, LONGEST_PAUSE)
