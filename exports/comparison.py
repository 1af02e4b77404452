"""A run beside the one before it of the same export: what was more, less, slower or quicker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.templatetags.figures import duration
from exports.models import Run

# Runs that did all there was to do: what others came to says nothing about how it usually is.
_USUAL = (Run.Status.SUCCESSFUL, Run.Status.WITH_REJECTS, Run.Status.SKIPPED)
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Line:
    """One figure of both runs, and the difference as figure and in words."""

    label: str | Promise
    now: str
    before: str
    difference: str
    words: str


@dataclass(frozen=True)
class Comparison:
    """How a run differs from the one before."""

    before: Run
    lines: list[Line]

    @property
    def words(self) -> str:
        """All differences in one phrase."""
        return ", ".join(line.words for line in self.lines)


def compared_with_previous(run: Run) -> Comparison | None:
    """Return how a finished run differs from the one before it; None when that can't be said.

    Runs of some rejects are left out: they say nothing about the whole of the segments.
    """
    if run.members is None or run.scope == Run.Scope.REJECTS or not run.is_finished:
        return None
    earlier = run.export.runs.filter(queued_at__lt=run.queued_at, status__in=_USUAL)
    earlier = earlier.exclude(scope=Run.Scope.REJECTS).exclude(members=None)
    before = earlier.order_by("-queued_at", "-pk").first()
    return Comparison(before, _lines(run, before)) if before else None


def _lines(run: Run, before: Run) -> list[Line]:
    lines = [
        _counted(_("Members"), run.members or 0, before.members or 0, _members),
        _counted(_("Accepted"), run.accepted, before.accepted, _sent),
        _counted(_("Rejects"), run.rejects, before.rejects, _rejects),
    ]
    if run.duration is not None and before.duration is not None:
        lines.append(_timed(run.duration, before.duration))
    return lines


def _counted(label: str | Promise, now: int, before: int, words: Callable[[int], str]) -> Line:
    figure = _number(abs(now - before))
    return Line(
        label,
        _number(now),
        _number(before),
        _signed(now - before, figure),
        words(now - before) % {"count": figure},
    )


def _timed(now: timedelta, before: timedelta) -> Line:
    # What no clock on the wall would show is no difference.
    seconds = round(now.total_seconds()) - round(before.total_seconds())
    figure = duration(timedelta(seconds=abs(seconds)))
    longer, quicker = translate("%(duration)s longer"), translate("%(duration)s quicker")
    words = longer if seconds > 0 else quicker if seconds else translate("as long")
    return Line(
        _("Duration"),
        duration(now),
        duration(before),
        _signed(seconds, figure),
        words % {"duration": figure},
    )


def _members(difference: int) -> str:
    if not difference:
        return translate("as many members")
    count = abs(difference)
    if difference > 0:
        return ngettext("%(count)s member more", "%(count)s members more", count)
    return ngettext("%(count)s member fewer", "%(count)s members fewer", count)


def _sent(difference: int) -> str:
    if not difference:
        return translate("as many contacts accepted")
    count = abs(difference)
    if difference > 0:
        return ngettext(
            "%(count)s contact more accepted", "%(count)s contacts more accepted", count
        )
    return ngettext("%(count)s contact fewer accepted", "%(count)s contacts fewer accepted", count)


def _rejects(difference: int) -> str:
    if not difference:
        return translate("as many rejects")
    count = abs(difference)
    if difference > 0:
        return ngettext("%(count)s reject more", "%(count)s rejects more", count)
    return ngettext("%(count)s reject fewer", "%(count)s rejects fewer", count)


def _signed(difference: int, figure: str) -> str:
    if not difference:
        return "±0"
    return f"+{figure}" if difference > 0 else f"{MINUS}{figure}"


def _number(count: int) -> str:
    return formats.number_format(count, force_grouping=True)
