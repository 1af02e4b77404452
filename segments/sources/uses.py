"""Who uses which columns of a source: its segments, and the exports of those."""

from collections.abc import Iterable
from typing import TypedDict

from segments.models import Source
from segments.rules.tree import columns_of


class Use(TypedDict):
    """A column, and the name of the segment or export that uses it."""

    by: str  # "segment" or "export"
    name: str
    column: str


def uses_of(source: Source, columns: Iterable[str]) -> list[Use]:
    """Return which segments and exports use these columns of a source, in their order."""
    wanted = set(columns)
    segments = list(source.segments.order_by("name").prefetch_related("exports"))
    # Exports stand above this room; what it may know of them is the relation's own data.
    exports = {export for segment in segments for export in segment.exports.all()}
    return [
        Use(by="segment", name=segment.name, column=column)
        for segment in segments
        for column in sorted(wanted & set(columns_of(segment.rule)))
    ] + [
        Use(by="export", name=export.name, column=column)
        for export in sorted(exports, key=str)
        for column in sorted(wanted & {field["column"] for field in export.mapping})
    ]
