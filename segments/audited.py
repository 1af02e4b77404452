"""How the audit trail tells of rules, columns and schedules: as sentences, not as data."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django.utils import formats
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts import audit_values
from segments.columns import Column, ColumnType
from segments.rules.tree import InvalidRule, memberships_of, parse_rule
from segments.rules.words import describe_rule, names_of
from segments.schedules.wording import weekday_name

SCHEDULED = ("segments.Source", "segments.Segment", "segments.RefreshSchedule")


def register() -> None:
    """Have the trail tell values of this room's models in words."""
    audit_values.say(rules_in_words, "segments.Segment.rule")
    audit_values.say(columns_in_words, "segments.Source.columns")
    register_schedules(*SCHEDULED)


def register_schedules(*models: str) -> None:
    """Have the trail tell the schedules of these models in words."""
    audit_values.say(days_in_words, *(f"{model}.weekdays" for model in models))
    audit_values.say(numbers_in_words, *(f"{model}.month_days" for model in models))
    audit_values.say(times_in_words, *(f"{model}.times" for model in models))


def rules_in_words(rules: Sequence[Any]) -> list[str]:
    """Return stored rules as sentences; what their columns mean is told by their comparisons."""
    known = [(rule, _columns_of(rule)) for rule in rules]
    named = {number for rule, columns in known for number in _segments_of(rule, columns)}
    names = names_of(named)
    return [describe_rule(rule, columns, names) for rule, columns in known]


def columns_in_words(stored: Sequence[Any]) -> list[str]:
    """Return the columns of sources, each with what it means."""
    labels = dict(ColumnType.choices)
    return [
        ", ".join(f"{each['name']} ({labels.get(each['type'], each['type'])})" for each in columns)
        for columns in stored
    ]


def days_in_words(stored: Sequence[Any]) -> list[str]:
    """Return the days of weeks."""
    return [_listed([weekday_name(number) for number in sorted(days)]) for days in stored]


def numbers_in_words(stored: Sequence[Any]) -> list[str]:
    """Return the days of months."""
    return [_listed([str(number) for number in sorted(days)]) for days in stored]


def times_in_words(stored: Sequence[Any]) -> list[str]:
    """Return times of the day as the reader's language writes them."""
    return [
        _listed([formats.time_format(time.fromisoformat(each)) for each in sorted(times)])
        for times in stored
    ]


def _listed(words: list[str]) -> str:
    return get_text_list(words, _("and"))


def _columns_of(rule: Any) -> list[Column]:
    """Return the columns that a rule names, as something that its comparisons fit."""
    conditions: dict[str, list[Mapping[str, Any]]] = {}
    for condition in _conditions_of(rule):
        conditions.setdefault(str(condition["column"]), []).append(condition)
    return [_fitting(name, compared) for name, compared in conditions.items()]


def _conditions_of(part: Any) -> list[Mapping[str, Any]]:
    if not isinstance(part, dict):
        return []
    if "column" in part:
        return [part]
    return [found for each in part.get("conditions", ()) for found in _conditions_of(each)]


def _fitting(name: str, conditions: list[Mapping[str, Any]]) -> Column:
    text = Column(name=name, type=ColumnType.TEXT, format="")
    for kind in ColumnType.values:
        column = Column(name=name, type=kind, format="")
        try:
            parse_rule({"version": 1, "match": "all", "conditions": conditions}, [column])
        except InvalidRule:
            continue
        return column
    return text


def _segments_of(rule: Any, columns: Sequence[Column]) -> set[int]:
    try:
        return {named.segment for _at, named in memberships_of(parse_rule(rule, columns))}
    except InvalidRule:
        return set()
