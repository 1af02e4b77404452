"""When the results of batches are asked for."""

import pytest
from django.utils import timezone

from exports.models import Batch, Run
from exports.pipeline import confirm
from exports.pipeline.confirm import EARLIEST_POLL, FIRST_POLL, hasten, next_poll
from tests.factories import make_run

NOW = timezone.now()


@pytest.fixture(autouse=True)
def as_in_real_life(monkeypatch: pytest.MonkeyPatch):
    """Undo that runs of tests are asked for later."""
    monkeypatch.setattr(confirm, "EARLIEST_POLL", EARLIEST_POLL)


@pytest.fixture
def run(db: None) -> Run:
    return make_run(status=Run.Status.CONFIRMING)


def accept_batch(run: Run, *, polls: int) -> None:
    run.batches.create(
        first=0,
        size=250,
        status=Batch.Status.ACCEPTED,
        accepted_at=NOW,
        polls=polls,
        poll_at=NOW + FIRST_POLL,
    )


def test_a_run_that_has_sent_everything_asks_earlier(run: Run):
    accept_batch(run, polls=0)

    hasten(run)

    assert next_poll(run) == NOW + EARLIEST_POLL


def test_what_was_asked_for_in_vain_keeps_its_pause(run: Run):
    accept_batch(run, polls=1)

    hasten(run)

    assert next_poll(run) == NOW + FIRST_POLL
