"""What workers do: go on with a refresh, and look every 15 seconds for what is due."""

from celery import shared_task
from django.utils import timezone

from config.leases import free_the_dead
from segments.models import Refresh
from segments.refreshes.advancing import advance
from segments.refreshes.starting import nudge
from segments.schedules.starting import start_due


@shared_task
def advance_refresh(*, refresh_id: int) -> None:
    """Work one slice of a refresh."""
    if refresh := Refresh.objects.filter(pk=refresh_id).first():
        advance(refresh)


@shared_task
def tick() -> None:
    """Start the refreshes that are due, and nudge those that nobody works on."""
    now = timezone.now()
    free_the_dead(now=now)
    start_due(now=now)
    for refresh in Refresh.objects.unfinished().waiting(now):
        nudge(refresh.pk)
