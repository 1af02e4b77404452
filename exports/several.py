"""What is done to several exports at once: to whom it can be done, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.authorship import ChangedMeanwhile
from accounts.models import User
from exports.models import Export, Run
from exports.pipeline import AlreadyRunning, NotRunnable, start_run
from exports.problems import describe_problem
from exports.services import RunInProgress, detach_connection, remove_export
from segments.models import Scheduled
from segments.schedules.own import SCHEDULE_FIELDS, count_from

Words = str | Promise
NOT_YOURS = _("You may look at them, but not change them.")
DETACHED = _("They have no connection.")
RUNNING = _("They are running: cancel the run or wait for its end.")
CHANGED = _("Somebody has changed them meanwhile.")
GONE = _("They are gone.")


@dataclass
class Sorted:
    """Exports, parted into those that something can be done to and, by reason, those it can't."""

    can: list[Export] = field(default_factory=list)
    cannot: dict[str, list[Export]] = field(default_factory=dict)

    def refuse(self, export: Export, why: Words) -> None:
        self.cannot.setdefault(str(why), []).append(export)

    @property
    def refused(self) -> int:
        return sum(len(exports) for exports in self.cannot.values())


def sort_out(
    *, exports: Iterable[Export], user: User, needs_connection: bool, needs_rest: bool
) -> Sorted:
    """Part exports by whether `user` may change them now, and whether they are ready for it.

    `needs_rest`: nothing can be done while a run is under way. Takes two queries.
    """
    exports = list(exports)
    theirs = set(Export.objects.editable_by(user).values_list("pk", flat=True))
    active = Run.objects.active().filter(export__in=exports)
    running = set(active.values_list("export", flat=True)) if needs_rest else set()
    found = Sorted()
    for export in exports:
        if export.pk not in theirs:
            found.refuse(export, NOT_YOURS)
        elif needs_connection and export.connection_id is None:
            found.refuse(export, DETACHED)
        elif export.pk in running:
            found.refuse(export, RUNNING)
        else:
            found.can.append(export)
    return found


def do_to_each(exports: Iterable[Export], do: Callable[[Export], Any], *, user: User) -> Sorted:
    """Do something to each export by itself; what prevents one of them stops no other."""
    outcome = Sorted()
    for export in exports:
        try:
            do(export)
        except (AlreadyRunning, RunInProgress):
            outcome.refuse(export, RUNNING)
        except NotRunnable as error:
            outcome.refuse(export, str(describe_problem(error.problem, user)))
        except ChangedMeanwhile:
            outcome.refuse(export, CHANGED)
        except Export.DoesNotExist:
            outcome.refuse(export, GONE)
        else:
            outcome.can.append(export)
    return outcome


def run(export: Export, *, user: User, now: datetime) -> None:
    """Start a run on demand; raises AlreadyRunning and NotRunnable."""
    start_run(export=export, trigger=Run.Trigger.ON_DEMAND, user=user, now=now)


def detach(export: Export, *, user: User, now: datetime) -> None:
    """Take its connection off an export; raises RunInProgress."""
    detach_connection(export=export, user=user, now=now)


def remove(export: Export, *, user: User, now: datetime) -> None:
    """Remove an export with its history; raises RunInProgress."""
    remove_export(export=export)


def switch_schedule(export: Export, *, is_on: bool, user: User, now: datetime) -> None:
    """Switch an export's own schedule on or off, and keep what it says; raises ChangedMeanwhile.

    One that was never switched off here follows the scheduled refresh from now on.
    """
    off = Scheduled.Recurrence.OFF
    if is_on == (export.recurrence != off):
        return
    if is_on:
        export.recurrence = export.kept_recurrence or Scheduled.Recurrence.REFRESH
    else:
        export.kept_recurrence, export.recurrence = export.recurrence, off
    _save_schedule(export, user, now)


def override_schedule(
    export: Export, *, schedule: Mapping[str, Any], user: User, now: datetime
) -> None:
    """Give an export this schedule instead of its own; raises ChangedMeanwhile."""
    for name in SCHEDULE_FIELDS:
        setattr(export, name, schedule[name])
    export.kept_recurrence = ""
    _save_schedule(export, user, now)


def schedule_of(scheduled: Scheduled) -> dict[str, Any]:
    """Return what a schedule says, to be given to others."""
    return {name: getattr(scheduled, name) for name in SCHEDULE_FIELDS}


def names_of(exports: Collection[Export], most: int) -> tuple[str, int]:
    """Return the first names as a sentence has them, and how many more there are."""
    shown = [f"“{export}”" for export in list(exports)[:most]]
    return ", ".join(shown), len(exports) - len(shown)


@transaction.atomic
def _save_schedule(export: Export, user: User, now: datetime) -> None:
    export.claim_version(export.version)
    count_from(export, now)
    changed = [*SCHEDULE_FIELDS, "kept_recurrence", "due_at", "updated_at", "updated_by"]
    export.author(user, now).save(update_fields=changed)
