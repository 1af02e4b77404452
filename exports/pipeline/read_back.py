"""Read-back: are those whom ActiveCampaign accepted on the list? Asked of a sample of each run.

Bulk import is asynchronous, and who unsubscribed stays out without a word: only the list itself
shows who is on it. The sample is chosen by chance, and the same one whoever chooses: a worker that
takes over goes on with it. Run.read_back keeps how many had which standing, the positions of those
who are missing (`due`: the next run sends them again), and while it is under way the positions that
are still `waiting`.
"""

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.utils import timezone

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ActiveCampaignError, RateLimited, TemporaryError
from exports.models import Batch, Run
from exports.pipeline.interruptions import NotYet
from exports.pipeline.planned import PlanReader
from exports.pipeline.turns import Turns
from exports.pipeline.walking import MISSING, STANDINGS

# It is a look, not the delivery: an account that does not answer ends it soon.
MOST_ATTEMPTS = 3


def is_done(run: Run) -> bool:
    """Tell whether the sample of a run has been asked for, or there is nobody to ask for."""
    return bool(run.read_back) and "waiting" not in run.read_back


def read_sample(run: Run, client: ActiveCampaignClient, plan: PlanReader, turns: Turns) -> None:
    """Ask on for as long as there are turns, and keep what was found; raises LeaseLost.

    Raises NotYet and TemporaryError when it is worth another try. Other errors end it: it then
    says for how many the answer is known.
    """
    if not run.read_back:
        run.read_back = {"waiting": sample_of(run, plan)}
    waiting: list[int] = run.read_back["waiting"]
    addresses = plan.members_at(waiting)
    found, ended_by = dict[int, str](), None
    for position in waiting:
        try:
            standing = standing_of(addresses[position], run.list_id or 0, client, turns)
        except (ActiveCampaignError, NotYet) as error:
            ended_by = error
            break
        if standing is None:
            break
        found[position] = standing
    _keep(run, found, [] if _is_end(run, ended_by) else waiting[len(found) :])
    if ended_by is not None and "waiting" in run.read_back:
        raise ended_by


def sample_of(run: Run, plan: PlanReader) -> list[int]:
    """Return the positions to ask for: some members whose import is confirmed, by chance."""
    confirmed = run.batches.filter(status=Batch.Status.CONFIRMED).order_by("first")
    batches = list(confirmed.values_list("first", "size", "rejects"))
    ends = list(accumulate(size for _, size, _ in batches))
    if not ends or not settings.READ_BACK_SAMPLE:
        return []
    # Some of those chosen are rejected, or have left.
    wanted = min(4 * settings.READ_BACK_SAMPLE, ends[-1])
    chosen = random.Random(run.pk).sample(range(ends[-1]), wanted)  # noqa: S311
    positions = [p for number in chosen if (p := _position(number, batches, ends)) is not None]
    members = plan.members_at(positions)
    return [p for p in positions if p in members][: settings.READ_BACK_SAMPLE]


def standing_of(email: str, list_id: int, client: ActiveCampaignClient, turns: Turns) -> str | None:
    """Return the standing of a contact on a list, "missing" without one: three requests at most.

    None when the slice is over before it is known. Raises NotYet and ActiveCampaignError.
    """
    for status, standing in STANDINGS.items():
        if not turns.take():
            return None
        if client.contacts_after(0, email=email, list_id=list_id, status=status):
            return standing
    return MISSING


def _position(
    number: int, batches: Sequence[tuple[int, int, dict[str, Any]]], ends: Sequence[int]
) -> int | None:
    """Return the position of the contact of this number among all of the batches."""
    at = bisect_right(ends, number)
    first, size, rejects = batches[at]
    position = first + number - (ends[at] - size)
    return None if str(position) in rejects else position


def _is_end(run: Run, error: ActiveCampaignError | NotYet | None) -> bool:
    if error is None or isinstance(error, RateLimited | NotYet):
        return False
    return not isinstance(error, TemporaryError) or run.attempts + 1 >= MOST_ATTEMPTS


def _keep(run: Run, found: Mapping[int, str], waiting: Sequence[int]) -> None:
    run.renew_lease(timezone.now())
    counted = ("on_list", "unsubscribed", "bounced", MISSING)
    counts = Counter(found.values())
    result: dict[str, Any] = {name: run.read_back.get(name, 0) + counts[name] for name in counted}
    result["asked"] = sum(result.values())
    result["due"] = [
        *run.read_back.get("due", []),
        *(position for position, standing in found.items() if standing == MISSING),
    ]
    if waiting:
        result["waiting"] = list(waiting)
    Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(read_back=result)
    run.read_back = result
    if found:
        run.note(None, attempts=0)
