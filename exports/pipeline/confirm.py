"""Confirm: ask what became of each accepted batch, within what the limits leave."""

from datetime import datetime, timedelta

from django.utils import timezone

from connections.activecampaign.answers import ImportResult
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, PermanentError
from connections.activecampaign.limiter import AccountLimiter, Kind
from exports.models import Batch, Run
from exports.pipeline import ledger
from exports.pipeline.planned import PlanReader

# The result is `false` in the first second, and a batch of one took six.
FIRST_POLL = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(seconds=60)
# So many questions later the pause is the longest; 1.6 to the power of 70 seconds is no time.
GROWS_FOR = 10
# No promise exists on how long an import takes, or on how long its result is kept.
DEADLINE = timedelta(hours=2)


def confirm_round(
    run: Run,
    plan: PlanReader,
    client: ActiveCampaignClient,
    limiter: AccountLimiter,
    *,
    most: int,
) -> ActiveCampaignError | None:
    """Ask for at most `most` results that are due, and write them down.

    Returns the error that ended the round early, if one did. Raises LeaseLost.
    """
    now, asked, error = timezone.now(), [], None
    for batch in ledger.unconfirmed(run).filter(poll_at__lte=now)[:most]:
        if limiter.take(Kind.READ):
            break
        try:
            result = client.import_result(batch.batch_id)
        except PermanentError:
            # One unreadable answer is no reason to stop: it is asked again later.
            result = ImportResult(state="pending", created=(), failed=())
        except ActiveCampaignError as caught:
            error = caught
            break
        _take_in(batch, result, plan, now=timezone.now())
        asked.append(batch)
    if asked:
        ledger.record(run, asked, now=timezone.now())
        # They answer: what failed before is over.
        run.note(None, attempts=0)
    return error


def next_poll(run: Run) -> datetime | None:
    """Return when the next result is due; None when every batch has its result."""
    return ledger.unconfirmed(run).values_list("poll_at", flat=True).first()


def _take_in(batch: Batch, result: ImportResult, plan: PlanReader, *, now: datetime) -> None:
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
            batch.poll_at = now + _pause(batch.polls)


def _pause(polls: int) -> timedelta:
    return min(FIRST_POLL * 1.6 ** min(polls, GROWS_FOR), LONGEST_PAUSE)
