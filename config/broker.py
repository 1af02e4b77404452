"""What the broker knows about the workers: when one was last seen, how much waits for them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.celery import app

WORKER_SEEN_KEY = "facteur:worker-seen-at"
ANSWER_WITHIN = 3.0  # seconds


def open_broker() -> Redis:
    """Return a connection that fails soon rather than late."""
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_WITHIN,
        socket_connect_timeout=ANSWER_WITHIN,
        retry=Retry(NoBackoff(), 0),
    )


def note_worker(*, now: datetime) -> None:
    """Note that a worker takes tasks."""
    with open_broker() as broker:
        broker.set(WORKER_SEEN_KEY, now.timestamp())


def worker_seen_at() -> datetime | None:
    """Return when a worker last noted that it takes tasks; None when none ever did."""
    with open_broker() as broker:
        noted = broker.get(WORKER_SEEN_KEY)
    return None if noted is None else datetime.fromtimestamp(float(noted), tz=UTC)


def waiting_tasks() -> dict[str, int]:
    """Return the number of tasks that wait in each queue."""
    with open_broker() as broker:
        return {queue: broker.llen(queue) for queue in app.amqp.queues}
