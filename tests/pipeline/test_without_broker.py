"""The broker only carries nudges: without one, nothing is lost and nobody sees an error."""

import pytest
from celery import current_app
from kombu import pools

from exports.models import Run
from tests.pipeline.conftest import people


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_started_while_the_broker_is_away_waits_for_the_next_tick(
    delivery, unreachable_broker
):
    run = delivery(people(1)).start()

    assert run.status == Run.Status.QUEUED
    assert Run.objects.waiting(run.queued_at).get() == run


@pytest.fixture
def unreachable_broker():
    """Point Celery at a port where nobody listens."""
    url = current_app.conf.broker_url
    _use("redis://127.0.0.1:1/0")
    yield
    _use(url)


def _use(broker_url):
    current_app.conf.broker_url = broker_url
    # Celery opens its pools once and has no way to say "again".
    pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None
