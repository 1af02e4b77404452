"""A rule as a sentence, in the language of whoever reads it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from segments.columns import Column, ColumnType
from segments.models import Segment
from segments.rules.decimals import as_written
from segments.rules.operators import MEMBERSHIPS, Operator, Takes, operators_of
from segments.rules.tree import (
    Condition,
    Group,
    InvalidRule,
    Membership,
    memberships_of,
    parse_rule,
)

# A list of values is read, not counted: the rest of a long one is summed up.
_SHOWN = 10


def describe_rule(
    data: object, columns: Sequence[Column], names: Mapping[int, str] | None = None
) -> str:
    """Return a stored rule in words; an invalid one says that it is.

    `names` are those of the segments that it may name, looked up unless they are given.
    """
    try:
        rule = parse_rule(data, columns)
    except InvalidRule:
        return _("The rule no longer fits its source.")
    if not rule.parts:
        return _("Everybody in the source.")
    types = {column["name"]: column["type"] for column in columns}
    if names is None:
        names = names_of({named.segment for _at, named in memberships_of(rule)})
    return _Describer(types, names).group(rule)


def names_of(ids: set[int]) -> dict[int, str]:
    """Return the names of segments by their ids."""
    if not ids:
        return {}
    return dict(Segment.objects.filter(pk__in=ids).values_list("pk", "name"))


class _Describer:
    """Says one rule."""

    def __init__(self, types: Mapping[str, str], names: Mapping[int, str]) -> None:
        self.types, self.names = types, names

    def group(self, group: Group) -> str:
        parts = [self.part(part) for part in group.parts]
        return (_(" or ") if group.match == "any" else _(" and ")).join(parts)

    def part(self, part: Condition | Membership | Group) -> str:
        if isinstance(part, Group):
            words = self.group(part)
            return f"({words})" if len(part.parts) > 1 else words
        if isinstance(part, Membership):
            return self.membership(part)
        return self.condition(part)

    def membership(self, membership: Membership) -> str:
        name = self.names.get(membership.segment)
        quoted = _quoted(name) if name else _("that no longer exists")
        return _said(MEMBERSHIPS[membership.operator], {"value": quoted})

    def condition(self, condition: Condition) -> str:
        kind = self.types[condition.column]
        operator = operators_of(kind)[condition.operator]
        words: dict[str, Any] = {"column": condition.column}
        if operator.takes is Takes.DAYS:
            return _said(operator, {**words, "days": int(condition.values[0])})
        values = [_value(value, kind) for value in condition.values]
        if operator.takes is Takes.TWO:
            words.update(low=values[0], high=values[1])
        elif operator.takes is not Takes.NOTHING:
            words.update(value=_listed(values))
        return _said(operator, words)


def _said(operator: Operator, words: Mapping[str, Any]) -> str:
    # A text with a plural takes its form from the words: to type checkers it is still a text.
    return str(cast(str, operator.sentence) % words)


def _value(value: str, kind: str) -> str:
    if kind == ColumnType.DATE:
        return date_format(date.fromisoformat(value))
    if kind == ColumnType.NUMBER:
        return as_written(value)
    return _quoted(value)


def _quoted(value: str) -> str:
    return _("“%(value)s”") % {"value": value}


def _listed(values: list[str]) -> str:
    if len(values) > _SHOWN:
        others = len(values) - _SHOWN + 1
        values = [*values[: _SHOWN - 1], _("%(count)s others") % {"count": others}]
    return str(get_text_list(values, _("or")))
