"""Keeps an account's limits, for all processes together.

The limits belong to the ActiveCampaign account, so whoever shares the Redis shares the windows.
A small script on Redis does it instead of the `limits` library, which cannot take from several
windows at once: a slot taken from one and refused by the next would be lost.
"""

from dataclasses import dataclass
from enum import Enum

from redis import Redis

_NAMESPACE = "facteur:limiter"
# Seconds that a run counts as one that sends after it last asked.
REMEMBERED = 30

# A window is the list of its slots' times, newest first, in microseconds of Redis' clock. With
# a maximum of n, the n-th newest decides: it must have left the window before another is taken.
# When that clock was set back, slots of the future count as taken now, and a pause that became
# longer than was asked for begins again.
#
# KEYS: the pause, the sharers, and the windows. ARGV: how many slots, who asks, for how many
# seconds that is remembered; then of each window its maximum, its length, and 1 when it is the
# asker's own, whose maximum is an equal share.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local pause = redis.call('PTTL', KEYS[1])
local asked = tonumber(redis.call('GET', KEYS[1]) or 0)
if pause > asked then
    redis.call('PEXPIRE', KEYS[1], asked)
    pause = asked
end
if pause > 0 then
    return {0, pause * 1000}
end

local sharers = 1
if ARGV[2] ~= '' then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3] * 1000000)
    redis.call('ZADD', KEYS[2], string.format('%d', now), ARGV[2])
    redis.call('EXPIRE', KEYS[2], ARGV[3])
    sharers = redis.call('ZCARD', KEYS[2])
end

local granted, wait = tonumber(ARGV[1]), 0
for i = 3, #KEYS do
    local at = 3 * i - 5
    local maximum, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    if ARGV[at + 2] == '1' then
        maximum = math.ceil(maximum / sharers)
    end
    local newest = redis.call('LINDEX', KEYS[i], 0)
    if newest and tonumber(newest) > now then
        for j = 0, redis.call('LLEN', KEYS[i]) - 1 do
            redis.call('LSET', KEYS[i], j, string.format('%d', now))
        end
    end
    for slot = 1, granted + 1 do
        local held = slot <= maximum and redis.call('LINDEX', KEYS[i], maximum - slot)
        local free_at = slot > maximum and now + window or held and tonumber(held) + window or 0
        if free_at > now then
            wait = slot > granted and math.max(wait, free_at - now) or free_at - now
            granted = slot - 1
            break
        end
    end
end

for i = 3, #KEYS do
    local maximum, window = tonumber(ARGV[3 * i - 5]), tonumber(ARGV[3 * i - 4])
    for _ = 1, granted do
        redis.call('LPUSH', KEYS[i], string.format('%d', now))
    end
    redis.call('LTRIM', KEYS[i], 0, maximum - 1)
    redis.call('PEXPIRE', KEYS[i], math.ceil(window / 1000) + 1000)
end
return {granted, wait}
"""

_PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[1])
end
"""


class Kind(Enum):
    """What a request counts as."""

    READ = "read"
    RESULT = "read of an import's result"
    BULK = "bulk"
    BULK_SINGLE = "bulk of one contact"


@dataclass(frozen=True)
class Rates:
    """How many requests an account gets, a little under what ActiveCampaign documents.

    `jitter` seconds are added to each window: two requests may wait for a busy machine or travel
    unequally long, and so arrive closer together than their slots were given.
    """

    bulk_per_minute: int = 95
    single_per_minute: int = 20
    requests_per_second: int = 5
    jitter: float = 0.3

    @property
    def results_per_second(self) -> int:
        """Return how many results may be asked for: what is sent is the scarcer allowance."""
        return max(1, self.requests_per_second - 2)


class AccountLimiter:
    """The limits of one account host; errors of Redis are the caller's."""

    def __init__(self, redis: Redis, host: str, rates: Rates) -> None:
        self._redis = redis
        self._prefix = f"{_NAMESPACE}:{{{host}}}"
        self._take = redis.register_script(_TAKE)
        self._pause = redis.register_script(_PAUSE)
        self._windows = self._windows_by_kind(rates)
        # More slots than this are never granted at once.
        self.at_once = rates.requests_per_second

    def take(self, kind: Kind) -> float:
        """Take a slot for one request and return 0.0, or take none and return the seconds to wait.

        Never are there more slots in any window than the rates allow.
        """
        granted, wait = self.take_some(kind, 1)
        return 0.0 if granted else wait

    def take_some(self, kind: Kind, most: int, *, who: int | None = None) -> tuple[int, float]:
        """Take up to `most` slots at once; return how many, and the seconds to wait for another.

        Those who say `who` they are share the minute of bulk imports equally: of two runs each
        gets half, whoever came first. Who asked in vain asks again within half a minute.
        """
        windows = [(*window, 0) for window in self._windows[kind]]
        if who is not None:
            key, maximum, length = self._windows[Kind.BULK][-1]
            windows.append((f"{key}:{who}", maximum, length, 1))
        keys = [self._pause_key, self._sharers_key, *(key for key, *_ in windows)]
        numbers = [number for _, *three in windows for number in three]
        asker = "" if who is None else who
        granted, wait = self._take(keys=keys, args=[most, asker, REMEMBERED, *numbers])
        return int(granted), int(wait) / 1_000_000

    def leave(self, who: int) -> None:
        """Let the others have the share of one who sends nothing more."""
        self._redis.zrem(self._sharers_key, str(who))

    def pause(self, seconds: float) -> None:
        """Let nobody take a slot for so long; a longer pause that is under way stays."""
        self._pause(keys=[self._pause_key], args=[max(1, round(seconds * 1000))])

    def paused_for(self) -> float:
        """Return how many seconds the pause still lasts, 0.0 without one."""
        return max(0, self._redis.pttl(self._pause_key)) / 1000

    @property
    def _pause_key(self) -> str:
        return f"{self._prefix}:pause"

    @property
    def _sharers_key(self) -> str:
        return f"{self._prefix}:sharers"

    def _windows_by_kind(self, rates: Rates) -> dict[Kind, list[tuple[str, int, int]]]:
        """Return (key, maximum, microseconds) of each window that a kind of request counts in."""

        def window(name: str, maximum: int, seconds: float) -> tuple[str, int, int]:
            return f"{self._prefix}:{name}", maximum, round((seconds + rates.jitter) * 1_000_000)

        general = window("general", rates.requests_per_second, 1)
        # Results leave room in every second for what is sent.
        result = window("result", rates.results_per_second, 1)
        bulk = window("bulk", rates.bulk_per_minute, 60)
        single = window("single", rates.single_per_minute, 60)
        return {
            Kind.READ: [general],
            Kind.RESULT: [general, result],
            Kind.BULK: [general, bulk],
            Kind.BULK_SINGLE: [general, single, bulk],
        }
