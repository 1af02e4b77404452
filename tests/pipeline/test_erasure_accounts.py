"""Forgetting a person: their contact in ActiveCampaign, deleted where we delivered it."""

from __future__ import annotations

import pytest
from django.utils import timezone
from redis import Redis

from connections.models import Connection
from connections.services import limiter_for
from exports.erasing import retry_erasure
from exports.models import Erasure
from tests.factories import make_connection
from tests.pipeline.conftest import people
from tests.pipeline.erasures import ANA, go_on, request, somebody


@pytest.fixture
def delivered(delivery):
    export = delivery([*people(2), somebody()])
    export.run()
    export.arrived()
    return export


def test_the_contact_is_deleted_where_the_person_was_delivered_to(
    delivered, administrator, sandbox
):
    erasure = go_on(request(administrator, delete_contact=True))

    assert erasure.status == Erasure.Status.FINISHED
    assert erasure.erased["contacts"] == 1
    assert sandbox.contact(ANA) is None
    assert len(delivered.arrived()) == 2


def test_the_contact_stays_unless_that_is_chosen(delivered, administrator, sandbox):
    go_on(request(administrator))

    assert sandbox.contact(ANA) is not None


def test_a_contact_that_is_gone_already_is_no_failure(delivered, administrator, sandbox):
    sandbox.reset()

    erasure = go_on(request(administrator, delete_contact=True))

    assert erasure.status == Erasure.Status.FINISHED
    assert erasure.erased["contacts"] == 0


def test_the_limits_of_the_account_are_waited_for(delivered, administrator, sandbox, valkey_url):
    limiter_for(delivered.export.connection).pause(600)
    erasure = request(administrator, delete_contact=True)

    go_on(erasure)
    assert erasure.problem["code"] == "waiting_for_limit"
    assert sandbox.contact(ANA) is not None
    with Redis.from_url(valkey_url) as limits:
        limits.delete(*limits.keys("*:pause"))
    go_on(erasure)

    assert erasure.problem is None
    assert erasure.status == Erasure.Status.FINISHED
    assert sandbox.contact(ANA) is None


def test_an_account_that_says_too_fast_is_left_alone_for_as_long_as_it_says(
    delivered, administrator, sandbox
):
    sandbox.faults.add("too_many", on="DELETE *", times=1, retry_after=30)
    erasure = request(administrator, delete_contact=True)

    go_on(erasure)

    assert erasure.problem["code"] == "waiting_for_limit"
    assert erasure.attempts == 0
    assert limiter_for(delivered.export.connection).paused_for() > 20


def test_a_refusal_is_shown_retried_and_then_left_to_people_who_try_again(
    delivered, administrator, sandbox
):
    sandbox.revoke(sandbox.key)
    erasure = request(administrator, delete_contact=True)

    for _attempt in range(3):
        go_on(erasure)
    assert erasure.status == Erasure.Status.FAILED
    assert erasure.problem["code"] == "key_refused"
    assert erasure.email == ANA
    sandbox.add_user(sandbox.key)
    retry_erasure(erasure=erasure, now=timezone.now())
    go_on(erasure)

    assert erasure.status == Erasure.Status.FINISHED
    assert sandbox.contact(ANA) is None


def test_an_account_without_a_way_in_is_named(delivered, administrator, sandbox):
    Connection.objects.update(export_user=None)

    erasure = go_on(request(administrator, delete_contact=True))

    assert erasure.status == Erasure.Status.FINISHED
    assert erasure.remains["hosts"] == [sandbox.host]


def test_any_connection_to_the_account_will_do(delivered, administrator, sandbox):
    Connection.objects.update(export_user=None)
    make_connection(host=sandbox.host, api_key=sandbox.key)

    go_on(request(administrator, delete_contact=True))

    assert sandbox.contact(ANA) is None
