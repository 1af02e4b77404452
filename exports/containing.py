"""The exports by whether they contain a segment: what their list can be searched and sorted by."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.listing import Choice, Column, Listing
from exports.listing import by_name
from exports.models import Export
from segments.models import Segment

_FIRST_THOSE_WITH_IT = Concat(
    Case(When(contains=True, then=Value("0")), default=Value("1")), Lower("name")
)


def exports_and_whether_they_contain(segment: Segment, *, reader: User) -> QuerySet[Any]:
    """Return all exports with `contains`: whether they send the segment."""
    exports = Export.objects.with_rights_of(reader).select_related("connection")
    links = Export.segments.through.objects.filter(segment=segment, export=OuterRef("pk"))
    return exports.annotate(contains=Exists(links)).prefetch_related("segments")


def _containing(exports: QuerySet[Any], answer: str) -> QuerySet[Any]:
    return exports.filter(contains=answer == "yes")


EXPORTS_OF_SEGMENT = Listing(
    name="exports-of-segment",
    label=_("Exports"),
    row="exports/_of_segment.html",
    nothing=_("No export fits"),
    sort="contains",
    search=by_name,
    placeholder=_("Name, connection or list"),
    columns=(
        Column("name", _("Display name"), Lower("name"), is_fixed=True),
        Column("contains", _("Contains it"), _FIRST_THOSE_WITH_IT, is_fixed=True),
        Column("connection", _("Connection used"), Lower("connection__name")),
        Column("schedule", _("Schedule"), "recurrence"),
    ),
    filters=(
        Choice(
            "contains",
            _("Contains it"),
            _("With it and without it"),
            [("yes", _("Exports with it")), ("no", _("Exports without it"))],
            _containing,
        ),
    ),
)
