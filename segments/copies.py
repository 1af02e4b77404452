"""A segment to begin with, filled in like another one."""

from django.utils.translation import gettext as _

from segments.models import Segment


def copy_of(original: Segment) -> Segment:
    """Return a new segment like `original`, under a name of its own; nothing is saved."""
    return Segment(
        name=_free_name(original.name),
        source=original.source,
        rule=original.rule,
        kind=original.kind,
        is_active=original.is_active,
    )


def _free_name(name: str) -> str:
    """Return a name for a copy that no segment has yet."""
    for number in range(1, 1000):
        copy = _("%(name)s (copy)") if number == 1 else _("%(name)s (copy %(number)s)")
        # Room for the longest of these endings.
        proposed = copy % {"name": name[:100], "number": number}
        if not Segment.objects.filter(name=proposed).exists():
            break
    return proposed
