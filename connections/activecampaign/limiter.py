"""Keeps an account's limits, for all processes together.

The limits belong to the ActiveCampaign account, so whoever shares the Redis shares the windows.
A small script on Redis does it instead of the `limits` library, which cannot take from several
windows at once: a slot taken from one and refused by the next would be lost.
"""

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum
from weakref import WeakKeyDictionary

from redis import Redis

_NAMESPACE = "facteur:slots"
# Seconds that a run counts as one that sends after it last asked.
REMEMBERED = 30

# No two clocks agree: each window is so many times as long as documented.
_CLOCKS = 1.001

# A window is a sorted set of slots, by the time, in microseconds of Redis' clock, at which the
# request counts at the latest. That is a guess when a slot is given, and is known once there is an
# answer: no request arrives after its answer. When that clock was set back, slots of the future
# count as given now, and a pause that became longer than was asked for begins again.
#
# A Redis that was emptied has forgotten which slots it gave. Each time it begins it is given a new
# name, so whoever had slots of the one before within a minute notices, and all pause for a minute.
#
# KEYS: the pause, the sharers, the last slot's number, this memory's name, and the windows. ARGV:
# how many slots, who asks, for how many seconds that is remembered, the name that the asker had
# slots of within a minute, one to use if there is none; then of each window its maximum, its
# length, how late a request may count, and 1 when it is the asker's own, whose maximum is an equal
# share.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('SET', KEYS[4], ARGV[5], 'NX')
local memory = redis.call('GET', KEYS[4])
if ARGV[4] ~= '' and ARGV[4] ~= memory then
    redis.call('SET', KEYS[1], 60000, 'PX', 60000)
end
local pause = redis.call('PTTL', KEYS[1])
local asked = tonumber(redis.call('GET', KEYS[1]) or 0)
if pause > asked then
    redis.call('PEXPIRE', KEYS[1], asked)
    pause = asked
end
if pause > 0 then
    return {0, pause * 1000, 0, memory}
end

local sharers = 1
if ARGV[2] ~= '' then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3] * 1000000)
    redis.call('ZADD', KEYS[2], string.format('%d', now), ARGV[2])
    redis.call('EXPIRE', KEYS[2], ARGV[3])
    sharers = redis.call('ZCARD', KEYS[2])
end

local granted, wait = tonumber(ARGV[1]), 0
for i = 5, #KEYS do
    local at = 4 * i - 14
    local maximum, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    local latest = string.format('%d', now + ARGV[at + 2])
    if ARGV[at + 3] == '1' then
        maximum = math.ceil(maximum / sharers)
    end
    for _, slot in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. latest, '+inf')) do
        redis.call('ZADD', KEYS[i], latest, slot)
    end
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', string.format('%d', now - window))
    local held = redis.call('ZCARD', KEYS[i])
    local free = math.max(0, maximum - held)
    if free <= granted then
        local leaves = math.max(0, held - maximum)
        local counts = redis.call('ZRANGE', KEYS[i], leaves, leaves, 'WITHSCORES')[2] or latest
        local free_in = tonumber(counts) + window - now
        wait = free < granted and free_in or math.max(wait, free_in)
        granted = free
    end
end

local last = granted > 0 and redis.call('INCRBY', KEYS[3], granted) or 0
for i = 5, #KEYS do
    local window, late = tonumber(ARGV[4 * i - 13]), tonumber(ARGV[4 * i - 12])
    for slot = last - granted + 1, last do
        redis.call('ZADD', KEYS[i], string.format('%d', now + late), slot)
    end
    redis.call('PEXPIRE', KEYS[i], math.ceil((window + late) / 1000) + 1000)
end
redis.call('EXPIRE', KEYS[3], 3600)
return {granted, wait, last, memory}
"""

# KEYS: the windows. ARGV: the last slot's number, and how many there are.
_ANSWERED = """
local clock = redis.call('TIME')
local now = string.format('%d', clock[1] * 1000000 + clock[2])
for i = 1, #KEYS do
    for slot = ARGV[1] - ARGV[2] + 1, ARGV[1] do
        redis.call('ZADD', KEYS[i], 'XX', 'LT', now, slot)
    end
end
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
    """How many requests an account gets: what ActiveCampaign documents, unless it agreed to more.

    A request may wait for a busy machine or travel for a while before it counts: `jitter` seconds
    of a second's window, `minute_jitter` of a minute's, where there is time for more. That is what
    a slot costs beyond its window unless it is `answered()` earlier.
    """

    bulk_per_minute: int = 100
    single_per_minute: int = 20
    requests_per_second: int = 5
    jitter: float = 0.3
    minute_jitter: float = 2.0

    @property
    def results_per_second(self) -> int:
        """Return how many results may be asked for: what is sent is the scarcer allowance."""
        return max(1, self.requests_per_second - 2)


@dataclass(frozen=True)
class Slots:
    """How many slots were taken for requests of a kind, and the seconds to wait for another.

    `use_by` is until when they are good, by this process' monotonic clock.
    """

    kind: Kind
    who: int | None
    granted: int
    wait: float
    last: int
    use_by: float

    @property
    def are_late(self) -> bool:
        """Whether a request that leaves now might count after its slot is given to another."""
        return time.monotonic() > self.use_by


class AccountLimiter:
    """The limits of one account host; errors of Redis are the caller's."""

    def __init__(self, redis: Redis, host: str, rates: Rates) -> None:
        self._redis = redis
        self._memories = _MEMORIES.setdefault(redis, defaultdict(_Memory))
        self._prefix = f"{_NAMESPACE}:{{{host}}}"
        self._take = redis.register_script(_TAKE)
        self._answered = redis.register_script(_ANSWERED)
        self._pause = redis.register_script(_PAUSE)
        self._windows = self._windows_by_kind(rates)
        self._good_for = min(rates.jitter, rates.minute_jitter)
        # More slots than this are never granted at once.
        self.at_once = rates.requests_per_second

    def take(self, kind: Kind) -> float:
        """Take a slot for one request and return 0.0, or take none and return the seconds to wait.

        Never are there more slots in any window than the rates allow.
        """
        slots = self.take_some(kind, 1)
        return 0.0 if slots.granted else slots.wait

    def take_some(self, kind: Kind, most: int, *, who: int | None = None) -> Slots:
        """Take up to `most` slots at once, for requests that leave now.

        Those who say `who` they are share the minute of bulk imports equally: of two runs each
        gets half, whoever came first. Who asked in vain asks again within half a minute.
        """
        if most == 0:
            return Slots(kind, who, granted=0, wait=0.0, last=0, use_by=0.0)
        return self._ask(kind, most, who)

    def wait_for(self, kind: Kind, *, who: int | None = None) -> float:
        """Return the seconds until there is a slot, 0.0 when there is one now; take none."""
        return self._ask(kind, 0, who).wait

    def answered(self, slots: Slots) -> None:
        """Let slots count from now at the latest: their requests have arrived, or never will."""
        if slots.granted:
            keys = [window.key for window in self._windows_of(slots.kind, slots.who)]
            self._answered(keys=keys, args=[slots.last, slots.granted])

    def leave(self, who: int) -> None:
        """Let the others have the share of one who sends nothing more."""
        self._redis.zrem(self._key("sharers"), str(who))

    def pause(self, seconds: float) -> None:
        """Let nobody take a slot for so long; a longer pause that is under way stays."""
        self._pause(keys=[self._key("pause")], args=[max(1, round(seconds * 1000))])

    def paused_for(self) -> float:
        """Return how many seconds the pause still lasts, 0.0 without one."""
        return max(0, self._redis.pttl(self._key("pause"))) / 1000

    def _ask(self, kind: Kind, most: int, who: int | None) -> Slots:
        windows = self._windows_of(kind, who)
        keys = [self._key(name) for name in ("pause", "sharers", "last", "memory")]
        numbers = [
            number
            for window in windows
            for number in (window.maximum, window.length, window.late, int(window.is_share))
        ]
        asker = "" if who is None else who
        memory, use_by = self._memories[self._prefix], time.monotonic() + self._good_for
        granted, wait, last, name = self._take(
            keys=[*keys, *(window.key for window in windows)],
            args=[most, asker, REMEMBERED, memory.lately, uuid.uuid4().hex, *numbers],
        )
        if granted or memory.name != name:
            memory.note(name)
        return Slots(kind, who, int(granted), int(wait) / 1_000_000, int(last), use_by)

    def _key(self, name: str) -> str:
        return f"{self._prefix}:{name}"

    def _windows_of(self, kind: Kind, who: int | None) -> list["_Window"]:
        windows = self._windows[kind]
        if who is None:
            return windows
        bulk = self._windows[Kind.BULK][-1]
        return [*windows, replace(bulk, key=f"{bulk.key}:{who}", is_share=True)]

    def _windows_by_kind(self, rates: Rates) -> dict[Kind, list["_Window"]]:
        """Return the windows that each kind of request counts in."""

        def second(name: str, maximum: int) -> _Window:
            return _Window(self._key(name), maximum, _micro(_CLOCKS), _micro(rates.jitter))

        def minute(name: str, maximum: int) -> _Window:
            late = _micro(rates.minute_jitter)
            return _Window(self._key(name), maximum, _micro(60 * _CLOCKS), late)

        general = second("general", rates.requests_per_second)
        # Results leave room in every second for what is sent.
        result = second("result", rates.results_per_second)
        bulk = minute("bulk", rates.bulk_per_minute)
        single = minute("single", rates.single_per_minute)
        return {
            Kind.READ: [general],
            Kind.RESULT: [general, result],
            Kind.BULK: [general, bulk],
            Kind.BULK_SINGLE: [general, single, bulk],
        }


@dataclass
class _Memory:
    """The name of the memory that this process had its last slots of, and when that was."""

    name: bytes = b""
    used_at: float = 0.0

    @property
    def lately(self) -> bytes:
        """Return the name if slots of it still count, else nothing."""
        return self.name if time.monotonic() < self.used_at + 60 else b""

    def note(self, name: bytes) -> None:
        self.name, self.used_at = name, time.monotonic()


# Limiters come and go; what their process knows of a Redis stays.
_MEMORIES: WeakKeyDictionary[Redis, defaultdict[str, _Memory]] = WeakKeyDictionary()


@dataclass(frozen=True)
class _Window:
    """So many slots in so many microseconds; a request counts `late` microseconds at most."""

    key: str
    maximum: int
    length: int
    late: int
    is_share: bool = False


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)
