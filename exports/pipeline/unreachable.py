"""Who on the list unsubscribed or bounced: read before a run is planned, so that nobody who did is
sent.

A hundred thousand of them are a thousand requests, so they are read in slices; what is read is in
files, and Run.unreachable says how far it is (see walking.py).
"""

from django.db import transaction
from django.utils import timezone

from config.problems import problem
from connections.activecampaign.answers import Status
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.errors import ConfigError
from exports.models import Run
from exports.pipeline.turns import Turns
from exports.pipeline.walking import Walk, read_on, write_walk
from segments.parquet import delete_on_commit

FOLDER = "unreachable"


def is_read(run: Run) -> bool:
    """Tell whether all of them are known."""
    return bool(run.unreachable.get("done"))


def read_unreachable(run: Run, client: ActiveCampaignClient, turns: Turns) -> None:
    """Read on for as long as there are turns, and keep what was read.

    Raises NotYet, and ActiveCampaignError: ConfigError("contacts_forbidden") for a key that may
    not read contacts. A run must not send then.
    """
    walk = read_on(
        run.unreachable,
        list_id=run.list_id or 0,
        statuses=(Status.UNSUBSCRIBED, Status.BOUNCED),
        client=client,
        turns=turns,
    )
    _keep(run, walk)
    if isinstance(walk.ended_by, ConfigError) and walk.ended_by.code == "key_refused":
        # The list could be read with the same key.
        raise ConfigError("contacts_forbidden", status=walk.ended_by.status) from walk.ended_by
    if walk.ended_by is not None:
        raise walk.ended_by


def _keep(run: Run, walk: Walk) -> None:
    """Store what was read and how far the walk is; raises LeaseLost."""
    replaced = write_walk(walk, FOLDER)
    with transaction.atomic():
        run.renew_lease(timezone.now())
        Run.objects.filter(pk=run.pk).update(unreachable=walk.progress)
        delete_on_commit(replaced)
    run.unreachable = walk.progress
    if walk.found or walk.is_done:
        read = sum(walk.progress.get(standing, 0) for standing in ("unsubscribed", "bounced"))
        saying = None if walk.is_done else problem("reading_unreachable", read=read)
        run.note(saying, attempts=0)
