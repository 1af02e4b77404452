"""The pulse: one task that shows that beat, broker and a worker work together."""

from celery import shared_task
from django.utils import timezone

from config.broker import note_worker


@shared_task
def pulse() -> None:
    """Note that a worker takes tasks."""
    note_worker(now=timezone.now())
