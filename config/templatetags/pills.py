"""The shape and colour of a state: seven of them, for all the states that there are."""

from django import template

register = template.Library()

_SHAPES = {
    "good": ("successful", "confirmed", "accepted", "passed", "active"),
    "busy": ("planning", "sending", "confirming", "refreshing", "running"),
    "warn": ("with_rejects", "needs_approval", "unknown"),
    "bad": ("failed", "refused"),
    "skipped": ("skipped",),
    "canceled": ("canceled",),
}
_SHAPE_OF = {status: shape for shape, statuses in _SHAPES.items() for status in statuses}


@register.filter
def pill_shape(status: str) -> str:
    """Return the shape of a status: good, busy, warn, bad, skipped, canceled or idle."""
    return _SHAPE_OF.get(status, "idle")
