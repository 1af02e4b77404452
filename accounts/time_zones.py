"""The time zones that people choose from, grouped by continent."""

from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def time_zone_choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Return UTC and every city's zone, as choices of a form field, grouped by continent."""
    cities = sorted(name for name in available_timezones() if name.startswith(CONTINENTS))
    groups = groupby(cities, key=lambda name: name.partition("/")[0])
    return [
        ("UTC", "UTC"),
        *((continent, [(name, _city(name)) for name in names]) for continent, names in groups),
    ]


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone; None where there is no name, or this system has no such zone."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):
        return None


def _city(name: str) -> str:
    """Return “Argentina – Buenos Aires” for America/Argentina/Buenos_Aires."""
    return name.partition("/")[2].replace("_", " ").replace("/", " – ")
