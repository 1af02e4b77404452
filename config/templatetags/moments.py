"""Moments as people say them, with the exact time behind the words."""

from datetime import datetime, time, timedelta, tzinfo
from functools import lru_cache

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

register = template.Library()

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
# From so many hours on, the day and what the clocks show say more than a count of hours.
_MOST_HOURS = 12


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """Return a <time> in words relative to now, such as "3 minutes ago"; exact on hover.

    `data-relative` says until when the words hold at the longest: static/facteur.js freshens them.
    """
    now = timezone.now()
    words = relative_words(at, now)
    if words is None:
        return exact_moment(at)
    return format_html(
        '<time datetime="{}" title="{}" data-relative="{}">{}</time>',
        at.isoformat(),
        exact_words(at),
        _true_until(at, now).isoformat(),
        words,
    )


@register.simple_tag
def exact_moment(at: datetime) -> SafeString:
    """Return a <time> with day and minute, for what is kept, printed or told apart by it."""
    shown = formatted(at, "SHORT_DATETIME_FORMAT")
    markup = '<time class="nowrap" datetime="{}" title="{}">{}</time>'
    return format_html(markup, at.isoformat(), exact_words(at), shown)


def exact_words(at: datetime) -> str:
    """Return a moment in the reader's format and time zone, which it names."""
    return f"{formatted(at, 'DATETIME_FORMAT')} {timezone.localtime(at).tzname()}"


def formatted(at: datetime, name: str) -> str:
    """Return a moment in one of Django's formats, as the reader's language and time zone have it.

    Tables say the same moments again and again: a tenth of what a page takes.
    """
    return _formatted(at, name, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=10_000)
def _formatted(at: datetime, name: str, zone: tzinfo, language: str) -> str:
    return formats.date_format(at.astimezone(zone), name)


def relative_words(at: datetime, now: datetime) -> str | None:
    """Return how far a moment is from now, or its time today, yesterday or tomorrow; else None."""
    minutes = round(abs(at - now) / _MINUTE)
    if minutes < 1:
        return _("just now") if at <= now else _("in a moment")
    if minutes < 60:
        return _minutes(minutes, is_past=at < now)
    hours = round(minutes / 60)
    if hours < _MOST_HOURS:
        return _hours(hours, is_past=at < now)
    return _day_words(at, now)


def _minutes(count: int, *, is_past: bool) -> str:
    if is_past:
        words = ngettext("%(count)d minute ago", "%(count)d minutes ago", count)
    else:
        words = ngettext("in %(count)d minute", "in %(count)d minutes", count)
    return words % {"count": count}


def _hours(count: int, *, is_past: bool) -> str:
    if is_past:
        words = ngettext("%(count)d hour ago", "%(count)d hours ago", count)
    else:
        words = ngettext("in %(count)d hour", "in %(count)d hours", count)
    return words % {"count": count}


def _day_words(at: datetime, now: datetime) -> str | None:
    local = timezone.localtime(at)
    words = {
        -1: _("yesterday at %(time)s"),
        0: _("today at %(time)s"),
        1: _("tomorrow at %(time)s"),
    }.get((local.date() - timezone.localdate(now)).days)
    return words and words % {"time": formatted(at, "TIME_FORMAT")}


def _true_until(at: datetime, now: datetime) -> datetime:
    """Return now for a count of minutes or hours, and the next midnight for the name of a day."""
    if round(abs(at - now) / _MINUTE / 60) < _MOST_HOURS:
        return now
    tomorrow = timezone.localdate(now) + _DAY
    return datetime.combine(tomorrow, time(), tzinfo=timezone.get_current_timezone())
