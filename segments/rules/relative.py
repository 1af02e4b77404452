"""Dates that depend on today: the last days, the next days, anniversaries.

An anniversary is compared as month and day in one number, 1231 for 31 December. Who was born
on 29 February has it on 28 February in years without one.
"""

from calendar import isleap
from datetime import date, timedelta


def period(operator: str, days: int, today: date) -> tuple[date, date]:
    """Return the first and the last day that an operator of dates means; today is always one."""
    if operator == "last_days":
        return today - timedelta(days), today
    if operator in ("next_days", "anniversary_days"):
        return today, today + timedelta(days)
    if operator == "anniversary_week":
        monday = today - timedelta(today.weekday())
        return monday, monday + timedelta(6)
    if operator == "anniversary_month":
        first = today.replace(day=1)
        return first, (first + timedelta(31)).replace(day=1) - timedelta(1)
    return today, today


def anniversaries(first: date, last: date) -> tuple[int, int]:
    """Return the first and the last month and day of a period; over New Year, the last is less."""
    if (last - first).days >= 365:
        return 101, 1231
    end = _month_and_day(last)
    return _month_and_day(first), 229 if end == 228 and not isleap(last.year) else end


def _month_and_day(day: date) -> int:
    return day.month * 100 + day.day
