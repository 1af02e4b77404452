"""The undo of messages in templates."""

from django import template
from django.contrib.messages.storage.base import Message

from config.undo import Undo, undo_of

register = template.Library()


@register.filter
def undo(message: Message) -> Undo | None:
    """Return how to take back what a message says was done; None when it offers nothing."""
    return undo_of(message.extra_tags)
