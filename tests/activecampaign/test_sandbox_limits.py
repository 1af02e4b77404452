"""The sandbox's rate limits, to the request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from connections.activecampaign.answers import Accepted
from connections.activecampaign.errors import RateLimited
from connections.activecampaign.sandbox import Sandbox
from connections.activecampaign.sandbox.limits import Limits
from connections.activecampaign.sandbox.switches import Switches
from tests.activecampaign.conftest import Connect
from tests.activecampaign.contacts import Contact, encode_batch


def passed(limits: Limits, moments: list[float], bulk_contacts: int | None = None) -> int:
    """Return how many requests at these moments are let through."""
    return sum(limits.check(bulk_contacts=bulk_contacts, now=now) is None for now in moments)


def test_five_requests_in_any_second_pass() -> None:
    limits = Limits(Switches())

    assert passed(limits, [10.5] * 7) == 5
    assert passed(limits, [11.0] * 7) == 0
    assert passed(limits, [11.5] * 7) == 5


def test_a_fixed_second_begins_on_the_second() -> None:
    limits = Limits(Switches(fixed_windows=True))

    assert passed(limits, [10.5] * 7) == 5
    assert passed(limits, [11.0] * 7) == 5


def test_a_hundred_imports_pass_in_a_minute_and_refused_ones_do_not_count() -> None:
    limits = Limits(Switches())
    moments = [100 + number * 0.25 for number in range(200)]

    assert passed(limits, moments, bulk_contacts=250) == 100
    assert passed(limits, [160.0], bulk_contacts=250) == 1


def test_twenty_imports_of_a_single_contact_pass_in_a_minute() -> None:
    limits = Limits(Switches())
    moments = [100 + number * 0.25 for number in range(40)]

    assert passed(limits, moments, bulk_contacts=1) == 20
    assert passed(limits, [130.0], bulk_contacts=2) == 1


@pytest.mark.parametrize(("counted", "left"), [(True, 3), (False, 5)])
def test_whether_imports_count_in_the_second_is_a_switch(counted: bool, left: int) -> None:
    limits = Limits(Switches(bulk_counts_as_request=counted))

    assert passed(limits, [10.0] * 2, bulk_contacts=250) == 2
    assert passed(limits, [10.0] * 7) == left


def test_no_limit_holds_when_they_are_off() -> None:
    assert passed(Limits(Switches(limits=False)), [10.0] * 1000) == 1000


def test_a_refusal_tells_when_to_come_back(make_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = make_sandbox(limits=True, requests_per_second=0)

    answer = requests.get(
        f"{sandbox.url}/api/3/users/me", headers={"Api-Token": sandbox.key}, timeout=10
    )

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["RateLimit-Limit"] == "0"
    assert answer.headers["RateLimit-Remaining"] == "0"


def test_an_answer_tells_how_many_requests_remain(make_sandbox: Callable[..., Sandbox]) -> None:
    sandbox = make_sandbox(limits=True, requests_per_second=50)

    answer = requests.get(
        f"{sandbox.url}/api/3/users/me", headers={"Api-Token": sandbox.key}, timeout=10
    )

    assert answer.status_code == 200
    assert answer.headers["RateLimit-Limit"] == "50"
    assert answer.headers["RateLimit-Remaining"] == "49"


def test_the_bulk_limit_is_answered_with_400_in_their_words(
    make_sandbox: Callable[..., Sandbox], connect: Connect
) -> None:
    sandbox = make_sandbox(limits=True, single_per_minute=1, requests_per_second=100)
    newsletter = sandbox.add_list("Newsletter")
    client = connect(sandbox)
    single = encode_batch([Contact("a@example.com")], list_id=newsletter, automations=False)

    assert isinstance(client.send(single), Accepted)
    with pytest.raises(RateLimited) as caught:
        client.send(single)

    assert caught.value.status == 400
    assert caught.value.retry_after is None
    assert caught.value.detail == (
        "Rate limit exceeded.; Up to 1 imports may be requested per minute."
        "Please batch contacts into larger requests, or retry this request in a minute."
    )
