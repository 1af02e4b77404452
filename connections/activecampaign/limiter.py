"""Keeps an account's limits, for all processes together.

The limits belong to the ActiveCampaign account, so whoever shares the Redis shares the windows.
A small script on Redis does it instead of the `limits` library, which cannot take from several
windows at once: a slot taken from one and refused by the next would be lost.
"""

from dataclasses import dataclass
from enum import Enum

from redis import Redis

_NAMESPACE = "facteur:limiter"

# A window is the list of its slots' times, newest first, in microseconds of Redis' clock. With
# a maximum of n, the n-th newest decides: it must have left the window before another is taken.
# When that clock was set back, slots of the future count as taken now, and a pause that became
# longer than was asked for begins again.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local pause = redis.call('PTTL', KEYS[1])
local asked = tonumber(redis.call('GET', KEYS[1]) or 0)
if pause > asked then
    redis.call('PEXPIRE', KEYS[1], asked)
    pause = asked
end
local longest = math.max(0, pause) * 1000

for i = 2, #KEYS do
    local maximum, window = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
    local newest = redis.call('LINDEX', KEYS[i], 0)
    if newest and tonumber(newest) > now then
        for j = 0, redis.call('LLEN', KEYS[i]) - 1 do
            redis.call('LSET', KEYS[i], j, string.format('%d', now))
        end
    end
    local nth = redis.call('LINDEX', KEYS[i], maximum - 1)
    if nth then
        longest = math.max(longest, tonumber(nth) + window - now)
    end
end
if longest > 0 then
    return longest
end

for i = 2, #KEYS do
    local maximum, window = tonumber(ARGV[2 * i - 3]), tonumber(ARGV[2 * i - 2])
    redis.call('LPUSH', KEYS[i], string.format('%d', now))
    redis.call('LTRIM', KEYS[i], 0, maximum - 1)
    redis.call('PEXPIRE', KEYS[i], math.ceil(window / 1000) + 1000)
end
return 0
"""

_PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[1])
end
"""


class Kind(Enum):
    """What a request counts as."""

    READ = "read"
    BULK = "bulk"
    BULK_SINGLE = "bulk of one contact"


@dataclass(frozen=True)
class Rates:
    """How many requests an account gets, a little under what ActiveCampaign documents.

    `jitter` seconds are added to each window: two requests may travel unequally long, and so
    arrive closer together than they left.
    """

    bulk_per_minute: int = 95
    single_per_minute: int = 20
    requests_per_second: int = 5
    jitter: float = 0.1


class AccountLimiter:
    """The limits of one account host; errors of Redis are the caller's."""

    def __init__(self, redis: Redis, host: str, rates: Rates) -> None:
        self._redis = redis
        self._prefix = f"{_NAMESPACE}:{{{host}}}"
        self._take = redis.register_script(_TAKE)
        self._pause = redis.register_script(_PAUSE)
        self._windows = self._windows_by_kind(rates)

    def take(self, kind: Kind) -> float:
        """Take a slot for one request and return 0.0, or take none and return the seconds to wait.

        Never are there more slots in any window than the rates allow.
        """
        windows = self._windows[kind]
        keys = [self._pause_key, *(key for key, _, _ in windows)]
        numbers = [number for _, *pair in windows for number in pair]
        return int(self._take(keys=keys, args=numbers)) / 1_000_000

    def pause(self, seconds: float) -> None:
        """Let nobody take a slot for so long; a longer pause that is under way stays."""
        self._pause(keys=[self._pause_key], args=[max(1, round(seconds * 1000))])

    def paused_for(self) -> float:
        """Return how many seconds the pause still lasts, 0.0 without one."""
        return max(0, self._redis.pttl(self._pause_key)) / 1000

    @property
    def _pause_key(self) -> str:
        return f"{self._prefix}:pause"

    def _windows_by_kind(self, rates: Rates) -> dict[Kind, list[tuple[str, int, int]]]:
        """Return (key, maximum, microseconds) of each window that a kind of request counts in."""

        def window(name: str, maximum: int, seconds: float) -> tuple[str, int, int]:
            return f"{self._prefix}:{name}", maximum, round((seconds + rates.jitter) * 1_000_000)

        general = window("general", rates.requests_per_second, 1)
        bulk = window("bulk", rates.bulk_per_minute, 60)
        single = window("single", rates.single_per_minute, 60)
        return {
            Kind.READ: [general],
            Kind.BULK: [general, bulk],
            Kind.BULK_SINGLE: [general, bulk, single],
        }
