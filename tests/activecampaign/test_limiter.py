"""The account's limits, kept by all processes together in a real Valkey."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from connections.activecampaign.limiter import AccountLimiter, Kind, Rates

HOST = "acme.api-us1.com"
AN_HOUR = 3_600_000_000


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client


def wait_after_all_slots(limiter: AccountLimiter, kind: Kind) -> float:
    """Take all slots there are, and return the wait for the next."""
    while not (wait := limiter.take(kind)):
        pass
    return wait


def test_as_many_slots_as_allowed_are_given_at_once_and_no_more(valkey: Redis) -> None:
    limiter = AccountLimiter(
        valkey, HOST, Rates(requests_per_second=5, jitter=60, minute_jitter=60)
    )

    waits = [limiter.take(Kind.READ) for _ in range(7)]

    assert waits[:5] == [0.0] * 5
    assert all(0 < wait <= 62 for wait in waits[5:])


def test_after_the_wait_there_is_room_again_at_once(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates(requests_per_second=2, jitter=0, minute_jitter=0))

    for _ in range(2):
        time.sleep(wait_after_all_slots(limiter, Kind.READ))
        assert limiter.take(Kind.READ) == 0.0


def test_bulk_requests_count_in_their_own_minute_and_in_the_second(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=2, requests_per_second=3, jitter=60, minute_jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)

    assert limiter.take(Kind.BULK) == 0.0
    assert limiter.take(Kind.BULK) == 0.0
    assert 61 < limiter.take(Kind.BULK) <= 121
    assert limiter.take(Kind.READ) == 0.0
    assert 0 < limiter.take(Kind.READ) <= 62


def test_single_contacts_have_the_narrowest_bucket(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates(single_per_minute=1, jitter=0, minute_jitter=0))

    assert limiter.take(Kind.BULK_SINGLE) == 0.0
    assert 1 < limiter.take(Kind.BULK_SINGLE) <= 61
    assert limiter.take(Kind.BULK) == 0.0


def test_what_one_window_refuses_takes_nothing_from_another(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=1, requests_per_second=3, jitter=60, minute_jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)

    assert limiter.take(Kind.BULK) == 0.0
    assert all(limiter.take(Kind.BULK) > 0 for _ in range(5))
    assert limiter.take(Kind.READ) == 0.0
    assert limiter.take(Kind.READ) == 0.0
    assert limiter.take(Kind.READ) > 0


def test_as_many_slots_are_taken_at_once_as_every_window_has(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=7, requests_per_second=5, jitter=60, minute_jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)
    limiter.take(Kind.BULK)

    slots = limiter.take_some(Kind.BULK, 10)
    nothing = limiter.take_some(Kind.BULK, 10)

    assert (slots.granted, nothing.granted) == (4, 0)
    assert 0 < nothing.wait <= slots.wait <= 62


def test_slots_that_are_all_granted_cost_no_wait(valkey: Redis) -> None:
    limiter = AccountLimiter(
        valkey, HOST, Rates(requests_per_second=5, jitter=60, minute_jitter=60)
    )

    slots = limiter.take_some(Kind.READ, 3)

    assert (slots.granted, slots.wait) == (3, 0.0)


def test_a_slot_counts_longer_until_its_request_is_answered(valkey: Redis) -> None:
    rates = Rates(requests_per_second=1, jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)
    slots = limiter.take_some(Kind.READ, 1)
    unanswered = limiter.take(Kind.READ)

    limiter.answered(slots)

    assert 60 < unanswered <= 61.1
    assert 0 < limiter.take(Kind.READ) <= 1.1


def test_an_answer_frees_a_slot_in_every_window_it_counts_in(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=2, requests_per_second=2, jitter=60, minute_jitter=600)
    limiter = AccountLimiter(valkey, HOST, rates)

    limiter.answered(limiter.take_some(Kind.BULK, 2, who=1))

    assert 0 < limiter.take(Kind.READ) <= 1.1
    assert 59 < limiter.take_some(Kind.BULK, 1, who=1).wait <= 60.1


def test_a_late_answer_makes_no_slot_count_longer(valkey: Redis) -> None:
    rates = Rates(requests_per_second=1, jitter=0)
    limiter = AccountLimiter(valkey, HOST, rates)
    slots = limiter.take_some(Kind.READ, 1)
    time.sleep(1.01)

    limiter.answered(slots)

    assert limiter.take(Kind.READ) == 0.0


def test_answers_of_some_free_no_slots_of_others(valkey: Redis) -> None:
    rates = Rates(requests_per_second=3, jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)
    early = limiter.take_some(Kind.READ, 1)
    limiter.take_some(Kind.READ, 2)

    limiter.answered(early)

    time.sleep(1.01)
    assert limiter.take_some(Kind.READ, 3).granted == 1


def test_asking_for_the_wait_takes_no_slot(valkey: Redis) -> None:
    rates = Rates(requests_per_second=1, jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)

    before = limiter.wait_for(Kind.READ)
    taken = limiter.take(Kind.READ)
    after = limiter.wait_for(Kind.READ)

    assert (before, taken) == (0.0, 0.0)
    assert 0 < after <= 62


def test_of_two_runs_on_one_account_each_gets_half_whoever_came_first(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=10, requests_per_second=100, jitter=60, minute_jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)

    early = limiter.take_some(Kind.BULK, 4, who=1).granted
    late = limiter.take_some(Kind.BULK, 10, who=2).granted
    early += limiter.take_some(Kind.BULK, 10, who=1).granted

    assert (early, late) == (5, 5)


def test_who_leaves_gives_the_others_their_share(valkey: Redis) -> None:
    rates = Rates(bulk_per_minute=10, requests_per_second=100, jitter=60, minute_jitter=60)
    limiter = AccountLimiter(valkey, HOST, rates)
    limiter.take_some(Kind.BULK, 1, who=1)
    limiter.take_some(Kind.BULK, 10, who=2)

    limiter.leave(1)

    assert limiter.take_some(Kind.BULK, 10, who=2).granted == 4


def test_asking_for_results_leaves_room_for_what_is_sent(valkey: Redis) -> None:
    limiter = AccountLimiter(
        valkey, HOST, Rates(requests_per_second=5, jitter=60, minute_jitter=60)
    )

    asked = limiter.take_some(Kind.RESULT, 10).granted
    sent = limiter.take_some(Kind.BULK, 10).granted

    assert (asked, sent) == (3, 2)


def test_accounts_do_not_share_their_limits(valkey: Redis) -> None:
    rates = Rates(requests_per_second=1, jitter=60, minute_jitter=60)

    assert AccountLimiter(valkey, HOST, rates).take(Kind.READ) == 0.0
    assert AccountLimiter(valkey, "other.api-us1.com", rates).take(Kind.READ) == 0.0
    assert AccountLimiter(valkey, HOST, rates).take(Kind.READ) > 0


def test_a_pause_holds_for_every_kind_and_every_run_of_the_account(valkey: Redis) -> None:
    AccountLimiter(valkey, HOST, Rates()).pause(60)
    another = AccountLimiter(valkey, HOST, Rates())

    assert 0 < another.paused_for() <= 60
    assert all(0 < another.take(kind) <= 60 for kind in Kind)


def test_a_shorter_pause_does_not_end_a_longer_one(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates())

    limiter.pause(60)
    limiter.pause(1)

    assert limiter.paused_for() > 1


def test_after_a_pause_there_is_room_again(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates())

    assert limiter.paused_for() == 0.0
    limiter.pause(0.05)
    time.sleep(0.05)

    assert limiter.take(Kind.READ) == 0.0
    assert limiter.paused_for() == 0.0


def test_a_valkey_that_lost_its_scripts_is_given_them_again(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates())
    limiter.take(Kind.READ)

    valkey.script_flush()

    assert limiter.take(Kind.READ) == 0.0


def test_a_clock_that_was_set_back_does_not_lock_the_account(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates(requests_per_second=2, jitter=0, minute_jitter=0))
    limiter.take(Kind.READ)
    limiter.take(Kind.READ)
    (window,) = valkey.keys("*general*")
    for slot in valkey.zrange(window, 0, -1):
        valkey.zincrby(window, AN_HOUR, slot)

    assert 0 < limiter.take(Kind.READ) <= 1.1


def test_a_pause_that_a_clock_made_longer_begins_again(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates())
    limiter.pause(10)
    (pause,) = valkey.keys("*pause*")
    valkey.pexpire(pause, 3_600_000)

    assert 0 < limiter.take(Kind.READ) <= 10


def take_many(url: str, rates: Rates, times: int, results: multiprocessing.Queue) -> None:
    """Take slots as a worker does, and report between which moments each was given."""
    moments = []
    with Redis.from_url(url) as client:
        limiter = AccountLimiter(client, HOST, rates)
        while len(moments) < times:
            before = time.clock_gettime(time.CLOCK_MONOTONIC)
            wait = limiter.take(Kind.BULK)
            if wait:
                time.sleep(wait)
            else:
                moments.append((before, time.clock_gettime(time.CLOCK_MONOTONIC)))
    results.put(moments)


def test_several_processes_together_never_exceed_any_window(valkey_url: str) -> None:
    rates = Rates(bulk_per_minute=1000, requests_per_second=10, jitter=0, minute_jitter=0)
    processes = multiprocessing.get_context("spawn")
    results = processes.Queue()
    workers = [
        processes.Process(target=take_many, args=(valkey_url, rates, 10, results)) for _ in range(4)
    ]

    for worker in workers:
        worker.start()
    moments = [moment for _ in workers for moment in results.get(timeout=60)]
    for worker in workers:
        worker.join()

    # Each slot was given between `before` and `after`, so this holds whatever delays there were.
    befores = sorted(before for before, _ in moments)
    afters = sorted(after for _, after in moments)
    assert len(moments) == 40
    assert all(after - before >= 1 for before, after in zip(befores, afters[10:], strict=False))


def test_a_valkey_that_was_emptied_makes_everybody_wait_a_minute_instead_of_exceeding_a_limit(
    valkey: Redis, valkey_url: str
) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates(requests_per_second=2))
    limiter.take(Kind.READ)

    valkey.flushdb()
    emptied = limiter.take(Kind.READ)

    assert 59 < emptied <= 60
    with Redis.from_url(valkey_url) as another_process:
        assert AccountLimiter(another_process, HOST, Rates()).take(Kind.READ) > 0


def test_after_that_minute_slots_are_given_again(valkey: Redis) -> None:
    limiter = AccountLimiter(valkey, HOST, Rates())
    limiter.take(Kind.READ)
    valkey.flushdb()
    limiter.take(Kind.READ)

    valkey.delete(f"facteur:slots:{{{HOST}}}:pause")

    assert limiter.take(Kind.READ) == 0.0


def test_an_empty_valkey_keeps_nobody_waiting_who_had_no_slots(valkey: Redis) -> None:
    AccountLimiter(valkey, HOST, Rates()).take(Kind.READ)
    valkey.flushdb()

    other_account = AccountLimiter(valkey, "other.api-us1.com", Rates())

    assert other_account.take(Kind.READ) == 0.0
