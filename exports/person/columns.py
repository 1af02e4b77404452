"""Which columns of the sources are known, from exports, to hold the address of a profile."""

from collections import defaultdict

from exports.mapping import Mapping
from exports.models import Export
from segments.whereabouts import Further


def address_columns() -> Further:
    """Return, by source, the columns that exports match to Email, whatever type they have."""
    columns: dict[int, set[str]] = defaultdict(set)
    of_exports = Export.objects.exclude(segments=None).values_list("mapping", "segments__source")
    for mapping, source in of_exports:
        if email := Mapping.from_json(mapping).email_column:
            columns[source].add(email)
    return columns
