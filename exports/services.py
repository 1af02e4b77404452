"""Saving, detaching and removing exports; scheduling is segments', running is the pipeline's."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, transaction

import connections.services
from accounts.models import User
from connections.models import Connection
from exports.models import Export, Run
from exports.option_fields import OPTION_FIELDS
from segments.models import Segment
from segments.schedules.own import SCHEDULE_FIELDS, count_from

Fate = Literal["remove", "detach"]
CONFIGURATION = [
    "name",
    "connection",
    "list_id",
    "list_name",
    "mapping",
    *OPTION_FIELDS,
    "leaver_field_title",
    *SCHEDULE_FIELDS,
    "due_at",
    "updated_at",
    "updated_by",
]


class NameTaken(Exception):
    """Another export has this name."""


class RunInProgress(Exception):
    """The export is running; the run has to end or be canceled first."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"Run {run.pk} is {run.status}")
        self.run = run


class StillUsed(Exception):
    """The connection has exports whose fate was not said."""

    def __init__(self, exports: list[Export]) -> None:
        super().__init__(f"Used by {len(exports)} exports")
        self.exports = exports


def save_export(
    *, export: Export, segments: Iterable[Segment], expected: int, user: User, now: datetime
) -> Export:
    """Store an export as its form left it, without running it.

    `expected` is the version that was edited. Raises ChangedMeanwhile and NameTaken.
    """
    try:
        with transaction.atomic():
            if export.pk:
                export.claim_version(expected)
                _keep_due_time(export, now)
                # A run may settle just now: its delivered state must not be written over.
                export.author(user, now).save(update_fields=CONFIGURATION)
            else:
                count_from(export, now)
                export.author(user, now).save()
            export.segments.set(segments)
    except IntegrityError as error:
        # Only the name is unique; the form has asked before, this is who came a moment later.
        if Export.objects.filter(name=export.name).exclude(pk=export.pk).exists():
            raise NameTaken(export.name) from error
        raise
    return export


@transaction.atomic
def detach_connection(*, export: Export, user: User, now: datetime) -> Export:
    """Take the connection off an export, which keeps everything else and does not run.

    Raises RunInProgress.
    """
    _refuse_while_running(export)
    export.connection = None
    export.version += 1
    changed = ["connection", "version", "updated_at", "updated_by"]
    export.author(user, now).save(update_fields=changed)
    return export


def run_by_schedule_again(*, export: Export) -> None:
    """End the pause of an export; what was due meanwhile is made up for by one run."""
    export.paused_at = None
    export.save(update_fields=["paused_at"])


@transaction.atomic
def remove_export(*, export: Export) -> None:
    """Remove an export and its history; nothing changes in ActiveCampaign. Raises RunInProgress."""
    _refuse_while_running(export)
    export.delete()


@transaction.atomic
def remove_with_exports(
    *, connection: Connection, fates: Mapping[int, Fate], user: User, now: datetime
) -> None:
    """Remove a connection, and do with each of its exports what `fates` says by their id.

    Either all of it happens or nothing. Raises RunInProgress, StillUsed and InUse.
    """
    exports = list(Export.objects.filter(connection=connection))
    if undecided := [export for export in exports if export.pk not in fates]:
        raise StillUsed(undecided)
    for export in exports:
        if fates[export.pk] == "remove":
            remove_export(export=export)
        else:
            detach_connection(export=export, user=user, now=now)
    connections.services.remove_connection(connection=connection)


def _keep_due_time(export: Export, now: datetime) -> None:
    """Count the next due time from now if the schedule changes, else leave it as it is."""
    stored = Export.objects.get(pk=export.pk)
    if all(getattr(stored, name) == getattr(export, name) for name in SCHEDULE_FIELDS):
        export.due_at = stored.due_at
    else:
        count_from(export, now)


def _refuse_while_running(export: Export) -> None:
    # Locked, so that no run starts between this look and what follows.
    Export.objects.select_for_update().get(pk=export.pk)
    if run := Run.objects.active().filter(export=export).first():
        raise RunInProgress(run)
