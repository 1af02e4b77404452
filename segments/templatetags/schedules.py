"""Schedules in templates."""

from django import template

from segments.models import Scheduled
from segments.schedules.wording import describe

register = template.Library()


@register.filter
def in_words(scheduled: Scheduled) -> str:
    """Say in one phrase when a source, segment or export has its turn."""
    return describe(scheduled)
