"""The broker only carries nudges: without one, nothing is lost and nobody sees an error."""

import pytest
from celery import current_app

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
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    current_app.pool.force_close_all()
    yield
    current_app.conf.broker_url = url
    current_app.pool.force_close_all()
