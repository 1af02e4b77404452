"""A rule as a sentence, in the language of whoever reads it."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from segments.columns import Column, ColumnType
from segments.rules.decimals import as_written
from segments.rules.operators import Takes, operators_of
from segments.rules.tree import Condition, Group, InvalidRule, parse_rule

# A list of values is read, not counted: the rest of a long one is summed up.
_SHOWN = 10


def describe_rule(data: object, columns: Sequence[Column]) -> str:
    """Return a stored rule in words; an invalid one says that it is."""
    try:
        rule = parse_rule(data, columns)
    except InvalidRule:
        return _("The rule no longer fits its source.")
    if not rule.parts:
        return _("Everybody in the source.")
    types = {column["name"]: column["type"] for column in columns}
    return _group(rule, types)


def _group(group: Group, types: dict[str, str]) -> str:
    parts = [
        _bracketed(part, types) if isinstance(part, Group) else _condition(part, types)
        for part in group.parts
    ]
    if group.match == "any":
        return _(" or ").join(parts)
    return _(" and ").join(parts)


def _bracketed(group: Group, types: dict[str, str]) -> str:
    words = _group(group, types)
    return f"({words})" if len(group.parts) > 1 else words


def _condition(condition: Condition, types: dict[str, str]) -> str:
    kind = types[condition.column]
    operator = operators_of(kind)[condition.operator]
    values = [_value(value, kind) for value in condition.values]
    words = {"column": condition.column}
    if operator.takes is Takes.TWO:
        words.update(low=values[0], high=values[1])
    elif operator.takes is not Takes.NOTHING:
        words.update(value=_listed(values))
    return str(operator.sentence) % words


def _value(value: str, kind: str) -> str:
    if kind == ColumnType.DATE:
        return date_format(date.fromisoformat(value))
    if kind == ColumnType.NUMBER:
        return as_written(value)
    return _("“%(value)s”") % {"value": value}


def _listed(values: list[str]) -> str:
    if len(values) > _SHOWN:
        others = len(values) - _SHOWN + 1
        values = [*values[: _SHOWN - 1], _("%(count)s others") % {"count": others}]
    return str(get_text_list(values, _("or")))
