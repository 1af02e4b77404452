"""In which sources an address stands only by what people corrected: the source has another one."""

from collections import Counter
from dataclasses import dataclass

from exports.erasing.corrected import corrected_profiles
from segments.mentions import Mentioned
from segments.models import Source


@dataclass(frozen=True)
class CorrectedInSource:
    """How many profiles of a source had their address corrected by hand to the one looked for."""

    source: Source
    count: int


def find_corrected(address: Mentioned) -> list[CorrectedInSource]:
    """Return the sources with such profiles, by name; not those of tables of before."""
    profiles = set(corrected_profiles(address))
    sources = Source.objects.in_bulk({profile.source for profile in profiles})
    counts = Counter(
        profile.source
        for profile in profiles
        if profile.source in sources and profile.generation in (0, sources[profile.source].table_id)
    )
    found = [CorrectedInSource(sources[pk], count) for pk, count in counts.items()]
    return sorted(found, key=lambda each: each.source.name)
