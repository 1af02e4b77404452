"""When the limits of an account let requests leave."""

import pytest

from connections.activecampaign.limiter import Rates
from exports.pipeline.pacing import MINUTE, SECOND, burst, seconds_lost, seconds_until, turn_of

RATES = Rates(bulk_per_minute=60, requests_per_second=5)


def test_nothing_to_send_takes_no_time():
    assert seconds_until(0, RATES, []) == 0


def test_a_first_minute_leaves_as_fast_as_the_second_allows():
    assert seconds_until(1, RATES, []) == 0
    assert seconds_until(6, RATES, []) == pytest.approx(SECOND)


def test_what_is_beyond_the_minute_waits_for_the_next_one():
    assert seconds_until(61, RATES, []) == pytest.approx(MINUTE)
    assert seconds_until(66, RATES, []) == pytest.approx(MINUTE + SECOND)
    assert seconds_until(60 * 10 + 1, RATES, []) == pytest.approx(10 * MINUTE)


def test_slots_that_were_taken_are_free_again_a_minute_later():
    taken = [-50.0 + 0.22 * n for n in range(60)]

    assert seconds_until(1, RATES, taken) == pytest.approx(MINUTE - 50)
    assert seconds_until(60, RATES, taken) == pytest.approx(MINUTE - 50 + 59 * 0.22)
    assert seconds_until(61, RATES, taken) == pytest.approx(2 * MINUTE - 50)


def test_what_was_not_used_of_the_minute_is_free_now():
    taken = [-30.0] * 50

    assert seconds_until(10, RATES, taken) == pytest.approx(9 * SECOND / 5)
    assert seconds_until(11, RATES, taken) == pytest.approx(MINUTE - 30)


def test_an_account_whose_second_is_narrower_than_its_minute_goes_by_the_second():
    slow = Rates(bulk_per_minute=60, requests_per_second=1)

    assert seconds_until(61, slow, []) == pytest.approx(60 * SECOND)


def test_runs_take_turns_and_leave_their_share_when_they_are_through():
    assert [turn_of(own, [10, 40, 100]) for own in (10, 40, 100)] == [30, 90, 150]


def test_an_account_that_uses_its_limits_loses_nothing():
    assert seconds_lost(100, RATES, [-58.0 + n for n in range(58)]) == 0


def test_in_the_middle_of_a_slower_minute_nothing_is_lost_yet():
    together = [-110.0 + 0.3 * n for n in range(60)]
    under_way = [-50.0 + 1.5 * n for n in range(30)]

    assert seconds_lost(100, RATES, together + under_way) == 0


def test_what_is_slower_than_the_limits_stays_slower():
    half = [-60.0 + 2 * n for n in range(30)]

    assert seconds_lost(100, RATES, half) == pytest.approx(100, rel=0.02)


def test_a_pace_is_not_told_from_a_few_seconds():
    assert seconds_lost(100, RATES, [-4.0]) == 0
    assert seconds_lost(100, RATES, []) == 0


@pytest.mark.parametrize(("requests", "part"), [(1, 1 / 60), (60, 1), (75, 0.25), (120, 1)])
def test_the_last_minute_is_a_whole_one_or_a_part(requests, part):
    assert burst(requests, RATES) == part
