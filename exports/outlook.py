"""What a forecast says, in words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from exports.models import Run
from exports.pipeline.forecast import Forecast, forecasts_of


@dataclass(frozen=True)
class Outlook:
    """How fast a run goes, whose turn it is and when it ends; "" where nothing can be said."""

    rate: str
    turn: str
    finish: str
    # What fits beside a status in a table.
    summary: str


def outlook_of(run: Run, now: datetime) -> Outlook | None:
    """Return the outlook of one run; None when it is not under way."""
    forecast = forecasts_of([run], now).get(run.pk)
    return _in_words(forecast, now) if forecast else None


def attach_outlooks(runs: Collection[Any], now: datetime) -> None:
    """Set `outlook` on each run, None on those that are not under way, in a few queries for all."""
    forecasts = forecasts_of(runs, now)
    for run in runs:
        forecast = forecasts.get(run.pk)
        run.outlook = _in_words(forecast, now) if forecast else None


def _in_words(forecast: Forecast, now: datetime) -> Outlook:
    finish = _finish(forecast, now)
    place = _place(forecast) if forecast.place and not forecast.is_alone else ""
    return Outlook(
        rate=_rate(forecast),
        turn=_turn(forecast),
        finish=finish,
        summary=" · ".join(filter(None, [finish, place])),
    )


def _rate(forecast: Forecast) -> str:
    if forecast.rate is None:
        return ""
    sentence = ngettext(
        "%(count)s contact in the last minute",
        "%(count)s contacts in the last minute",
        forecast.rate,
    )
    return sentence % {"count": formats.number_format(forecast.rate, force_grouping=True)}


def _turn(forecast: Forecast) -> str:
    if not forecast.place:
        return ""
    if forecast.is_alone:
        return gettext("alone on its account")
    return gettext("%(place)s; each gets an equal share") % {"place": _place(forecast)}


def _place(forecast: Forecast) -> str:
    return gettext("%(place)d of %(sharing)d on this account") % {
        "place": forecast.place,
        "sharing": forecast.sharing,
    }


def _finish(forecast: Forecast, now: datetime) -> str:
    if forecast.finish_at is None:
        return ""
    minutes = ceil((forecast.finish_at - now) / timedelta(minutes=1))
    if minutes <= 1:
        return gettext("done in less than a minute")
    at = timezone.localtime(forecast.finish_at)
    form = "TIME_FORMAT" if at.date() == timezone.localtime(now).date() else "DATETIME_FORMAT"
    sentence = gettext("done at about %(when)s, in %(duration)s")
    return sentence % {"when": formats.date_format(at, form), "duration": _length(minutes)}


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    return gettext("%(minutes)d min") % {"minutes": minutes}
