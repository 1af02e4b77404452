"""Whether the values of a column fit the field they are matched to, before a run finds out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import duckdb
from django.utils import formats
from django.utils.translation import gettext as translate
from django.utils.translation import ngettext

from exports.mapping import MappedField
from exports.pipeline.planning.values import DATES, without_blanks, written
from exports.samples import shortened
from exports.suggestions import CustomField
from segments.models import Segment
from segments.parquet import connect, literal, quote, rows
from segments.snapshots import reading_members

SHOWN = 3
# Types that take one of the values they offer, and types that take several of them.
_ONE = ("dropdown", "radio")
_SEVERAL = ("listbox", "checkbox")


@dataclass(frozen=True)
class Misfit:
    """How many members have a value that the field does not take, and some of those values."""

    field: MappedField
    members: int
    values: Sequence[str]
    offered: Sequence[str] = ()

    def __str__(self) -> str:
        facts = {
            "count": formats.number_format(self.members, force_grouping=True),
            "values": ", ".join(f"“{value}”" for value in self.values),
            "offered": ", ".join(self.offered),
        }
        return self._sentence() % facts

    def _sentence(self) -> str:
        if self.field.type in DATES:
            return ngettext(
                "%(count)s member has no date here that ActiveCampaign reads, and would be "
                "rejected: %(values)s.",
                "%(count)s members have no date here that ActiveCampaign reads, and would be "
                "rejected: %(values)s.",
                self.members,
            )
        said = ngettext(
            "%(count)s member has a value that the field does not offer, and ActiveCampaign may "
            "leave it blank: %(values)s.",
            "%(count)s members have a value that the field does not offer, and ActiveCampaign may "
            "leave it blank: %(values)s.",
            self.members,
        )
        return f"{said} {translate('It offers: %(offered)s.')}"


def find_misfits(
    mapped: Iterable[MappedField], fields: Iterable[CustomField], segments: Iterable[Segment]
) -> dict[str, Misfit]:
    """Return, by target, what does not fit among all members of the segments.

    Segments without members to read now are left out: it is a warning, and the run checks anew.
    """
    known = {field.id: field for field in fields}
    checked = [
        (each, field)
        for each in mapped
        if each.column and (field := known.get(each.field_id or 0)) and _misfit(field)
    ]
    with ExitStack() as stack:
        relations = [*_relations(stack, segments)] if checked else []
        counted = ((each, field, _count(relations, each.column, field)) for each, field in checked)
        return {
            each.target: Misfit(each, members, values, field.options)
            for each, field, (members, values) in counted
            if members
        }


def _relations(stack: ExitStack, segments: Iterable[Segment]) -> Iterator[tuple[str, set[str]]]:
    for segment in segments:
        if segment.snapshot is None:
            continue
        try:
            relation = stack.enter_context(reading_members(segment.snapshot))
        except FileNotFoundError:
            continue
        yield relation, set(segment.source.column_types)


def _count(
    relations: Sequence[tuple[str, set[str]]], column: str, field: CustomField
) -> tuple[int, list[str]]:
    """Return how many members have a value that does not fit, and the first such values."""
    value = without_blanks(quote(column))
    # The parts in {} are quoted names and texts, or SQL of ours.
    having = [f"SELECT {value} AS value FROM {sql}" for sql, names in relations if column in names]  # noqa: S608
    sql = (
        f"SELECT count(*) AS members, list_sort(list(DISTINCT value))[:{SHOWN}] AS shown"  # noqa: S608
        f" FROM ({' UNION ALL '.join(having)}) WHERE value IS NOT NULL AND {_misfit(field)}"
    )
    if not having:
        return 0, []
    try:
        with connect() as database:
            [found] = rows(database, sql)
    except duckdb.Error:
        return 0, []  # a table without the column: its row says so
    return int(found["members"]), [shortened(each) for each in found["shown"] or ()]


def _misfit(field: CustomField) -> str:
    """Return the SQL condition of a `value` that the field does not take; "" when it takes all."""
    offered = f"[{', '.join(literal(option.casefold()) for option in field.options)}]"
    if field.type in DATES:
        return f"{written(MappedField('', '', field.type), 'value')} IS NULL"
    if field.type in _ONE and field.options:
        return f"NOT list_contains({offered}, lower(value))"
    if field.type in _SEVERAL and field.options:
        parts = "[lower(trim(x)) FOR x IN string_split_regex(value, '[;|]') IF trim(x) <> '']"
        return f"NOT list_has_all({offered}, {parts})"
    return ""
