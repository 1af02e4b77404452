"""Addresses in templates."""

from django import template

register = template.Library()


@register.filter
def is_under(path: str, prefix: str) -> bool:
    """Tell whether a page belongs to another one: /segments/1/exports/ is under /segments/."""
    return bool(prefix) and path.startswith(prefix)
