"""How the last runs of an export went, as two small lines: their durations and their counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import formats
from django.utils.translation import gettext as translate

from config.templatetags.figures import duration
from exports.models import Export, Run

LAST_RUNS = 30
_RAN = (Run.Status.SUCCESSFUL, Run.Status.WITH_REJECTS, Run.Status.FAILED, Run.Status.CANCELED)


@dataclass(frozen=True)
class Trend:
    """Figures of the last runs, the oldest first, with what they are and what they say."""

    label: str
    values: Sequence[float]
    text: str


def trends_of(export: Export) -> list[Trend]:
    """Return how long the last runs took and how many contacts were accepted; none before two.

    Runs that had nothing to send are left out: they would hide the others.
    """
    ran = export.runs.filter(status__in=_RAN, started_at__isnull=False, finished_at__isnull=False)
    rows = ran.order_by("-queued_at", "-pk").values_list("started_at", "finished_at", "accepted")
    runs = list(rows[:LAST_RUNS])[::-1]
    if len(runs) < 2:
        return []
    lengths = [(finished - started).total_seconds() for started, finished, _accepted in runs]
    counts = [accepted for _started, _finished, accepted in runs]
    return [
        Trend(
            translate("Duration of the last %(count)d runs") % {"count": len(runs)},
            lengths,
            _range(lengths, _length),
        ),
        Trend(
            translate("Contacts accepted by the last %(count)d runs") % {"count": len(runs)},
            counts,
            _range(counts, _number),
        ),
    ]


def _range(values: Sequence[float], shown: Callable[[float], str]) -> str:
    return translate("between %(least)s and %(most)s, last %(last)s") % {
        "least": shown(min(values)),
        "most": shown(max(values)),
        "last": shown(values[-1]),
    }


def _length(seconds: float) -> str:
    return duration(timedelta(seconds=seconds))


def _number(count: float) -> str:
    return formats.number_format(int(count), force_grouping=True)
