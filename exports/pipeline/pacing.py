"""When an account's limits let requests leave, and whose turn it then is: arithmetic only.

All times are seconds from now: what has happened is negative.
"""

from collections.abc import Sequence
from math import ceil

from connections.activecampaign.limiter import Rates

# A slot is free again so many seconds after its answer; and so long last a burst's rounds, which
# wait for answers too.
MINUTE = 60.1
SECOND = 1.1
# From this part of its limits on, what an account takes is what its limits allow.
SATURATED = 0.93
# Seconds after which a pace can be told.
ENOUGH = 5.0


def seconds_until(requests: int, rates: Rates, taken: Sequence[float]) -> float:
    """Return in how many seconds so many bulk requests can have left, limits alone considered.

    `taken` are the times at which the account's last requests were answered, the oldest first: a
    slot is free again a minute later, so requests that left together do so again.
    """
    if requests <= 0:
        return 0.0
    minutes, rest = divmod(requests - 1, rates.bulk_per_minute)
    gap = SECOND / rates.requests_per_second
    period = max(MINUTE, rates.bulk_per_minute * gap)
    held = list(taken)[-rates.bulk_per_minute :]
    unused = rates.bulk_per_minute - len(held)
    at = -gap
    for slot in range(rest + 1):
        free_at = held[slot - unused] + MINUTE if slot >= unused else 0.0
        at = max(at + gap, free_at, 0.0)
    return at + minutes * period


def burst(requests: int, rates: Rates) -> float:
    """Return what part of a minute's requests leave together at the end of so many."""
    return ((requests - 1) % rates.bulk_per_minute + 1) / rates.bulk_per_minute


def turn_of(own: int, everybody: Sequence[int]) -> int:
    """Return after how many requests of the account a run is through that has `own` left.

    `everybody` are the requests that each of its runs has left, this one included. They take turns
    one by one; whoever is through leaves its share to the others.
    """
    return sum(min(own, other) for other in everybody)


def seconds_lost(requests: int, rates: Rates, seen: Sequence[float]) -> float:
    """Return how much longer so many requests take than the limits ask for, as was seen.

    `seen` are the times of the last two minutes' requests, since the runs of now began. Nothing is
    lost while the account uses what it is allowed; otherwise a slow machine, or slow answers, and
    not the limits, decide how fast it goes.
    """
    recent = [at for at in seen if at >= -MINUTE]
    elapsed = -recent[0] if recent else 0.0
    if elapsed < ENOUGH or _was_full(rates, seen):
        return 0.0
    return max(0.0, requests * (elapsed / len(recent) - MINUTE / rates.bulk_per_minute))


def _was_full(rates: Rates, seen: Sequence[float]) -> bool:
    """Whether in some minute of those seen as many requests left as may.

    In the middle of those that leave together, the last minute alone may hold fewer.
    """
    full = ceil(SATURATED * rates.bulk_per_minute)
    return any(last - first <= MINUTE for first, last in zip(seen, seen[full - 1 :], strict=False))
