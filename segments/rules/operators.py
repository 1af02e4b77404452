"""Which comparisons a rule can make, by what a column means."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from segments.columns import ColumnType


class Takes(Enum):
    """What an operator compares with."""

    NOTHING = 0
    ONE = 1
    TWO = 2
    SEVERAL = 3
    DAYS = 4


@dataclass(frozen=True)
class Operator:
    """A comparison: its name in a list, and the sentence it makes."""

    code: str
    label: str | Promise
    # With %(column)s, and %(value)s, %(low)s and %(high)s, or %(days)s.
    sentence: str | Promise
    takes: Takes = Takes.ONE


_EMPTY = (
    Operator("empty", _("is empty"), _("%(column)s is empty"), Takes.NOTHING),
    Operator("not_empty", _("is not empty"), _("%(column)s is not empty"), Takes.NOTHING),
)
_TEXT = (
    Operator("equals", _("is"), _("%(column)s is %(value)s")),
    Operator("not_equals", _("is not"), _("%(column)s is not %(value)s")),
    Operator("one_of", _("is one of"), _("%(column)s is one of %(value)s"), Takes.SEVERAL),
    Operator("none_of", _("is none of"), _("%(column)s is none of %(value)s"), Takes.SEVERAL),
    Operator("contains", _("contains"), _("%(column)s contains %(value)s")),
    Operator("not_contains", _("does not contain"), _("%(column)s does not contain %(value)s")),
    Operator("starts_with", _("starts with"), _("%(column)s starts with %(value)s")),
    Operator("ends_with", _("ends with"), _("%(column)s ends with %(value)s")),
    *_EMPTY,
)
_EMAIL = (
    Operator("domain_is", _("domain is"), _("the domain of %(column)s is %(value)s")),
    Operator(
        "domain_one_of",
        _("domain is one of"),
        _("the domain of %(column)s is one of %(value)s"),
        Takes.SEVERAL,
    ),
    *_TEXT,
)
_NUMBER = (
    Operator("equals", _("= (equals)"), _("%(column)s = %(value)s")),
    Operator("not_equals", _("≠ (is not)"), _("%(column)s ≠ %(value)s")),
    Operator("greater", _("> (greater than)"), _("%(column)s > %(value)s")),
    Operator("at_least", _("≥ (at least)"), _("%(column)s ≥ %(value)s")),
    Operator("less", _("< (less than)"), _("%(column)s < %(value)s")),
    Operator("at_most", _("≤ (at most)"), _("%(column)s ≤ %(value)s")),
    Operator(
        "between", _("is between"), _("%(column)s is between %(low)s and %(high)s"), Takes.TWO
    ),
    *_EMPTY,
)
_DATE = (
    Operator("on", _("is on"), _("%(column)s is on %(value)s")),
    Operator("before", _("is before"), _("%(column)s is before %(value)s")),
    Operator("after", _("is after"), _("%(column)s is after %(value)s")),
    Operator(
        "between",
        pgettext_lazy("date", "is between"),
        pgettext_lazy("date", "%(column)s is between %(low)s and %(high)s"),
        Takes.TWO,
    ),
    Operator("today", _("is today"), _("%(column)s is today"), Takes.NOTHING),
    Operator(
        "last_days",
        _("is in the last … days, today included"),
        ngettext_lazy(
            "%(column)s is in the last %(days)d day",
            "%(column)s is in the last %(days)d days",
            "days",
        ),
        Takes.DAYS,
    ),
    Operator(
        "next_days",
        _("is in the next … days, today included"),
        ngettext_lazy(
            "%(column)s is in the next %(days)d day",
            "%(column)s is in the next %(days)d days",
            "days",
        ),
        Takes.DAYS,
    ),
    Operator(
        "days_ago",
        _("is more than … days ago"),
        ngettext_lazy(
            "%(column)s is more than %(days)d day ago",
            "%(column)s is more than %(days)d days ago",
            "days",
        ),
        Takes.DAYS,
    ),
    Operator(
        "anniversary_today",
        _("has its anniversary today"),
        _("the anniversary of %(column)s is today"),
        Takes.NOTHING,
    ),
    Operator(
        "anniversary_week",
        _("has its anniversary this week"),
        _("the anniversary of %(column)s is this week"),
        Takes.NOTHING,
    ),
    Operator(
        "anniversary_month",
        _("has its anniversary this month"),
        _("the anniversary of %(column)s is this month"),
        Takes.NOTHING,
    ),
    Operator(
        "anniversary_days",
        _("has its anniversary in the next … days"),
        ngettext_lazy(
            "the anniversary of %(column)s is in the next %(days)d day",
            "the anniversary of %(column)s is in the next %(days)d days",
            "days",
        ),
        Takes.DAYS,
    ),
    *_EMPTY,
)
_YES_NO = (
    Operator("is_yes", _("is yes"), _("%(column)s is yes"), Takes.NOTHING),
    Operator("is_no", _("is no"), _("%(column)s is no"), Takes.NOTHING),
    *_EMPTY,
)
_BY_TYPE: dict[str, tuple[Operator, ...]] = {
    ColumnType.EMAIL: _EMAIL,
    ColumnType.NUMBER: _NUMBER,
    ColumnType.DATE: _DATE,
    ColumnType.YES_NO: _YES_NO,
    ColumnType.CONSENT: _YES_NO,
}
# Of other segments, not of columns: %(value)s is the segment's name.
MEMBERSHIPS = {
    operator.code: operator
    for operator in (
        Operator("in", _("is a member of"), _("is in the segment %(value)s")),
        Operator("not_in", _("is not a member of"), _("is not in the segment %(value)s")),
    )
}


def operators_of(column_type: str) -> dict[str, Operator]:
    """Return the operators for columns of a type, by code, the most usual one first."""
    return {operator.code: operator for operator in _BY_TYPE.get(column_type, _TEXT)}
