"""One fault on the ground: an account and a list of its own, and an export into it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.faults.customers import expected
from benchmarks.faults.ground import Ground
from benchmarks.stage import BULK
from connections.activecampaign.contacts import MAX_CONTACTS
from connections.activecampaign.sandbox import Sandbox
from tests.comparing import Differences, accounted, compare

if TYPE_CHECKING:
    from exports.models import Run

LONGEST = 1800.0


@dataclass(frozen=True)
class Outcome:
    """What became of everybody, and what it took.

    `minute` and `second`: the most requests that came within one, and the limit. `imports` were
    taken of all bulk `requests`, `needed` are those without which somebody would be missing.
    """

    differences: Differences
    accounted: bool
    runs: int
    minute: tuple[int, int]
    second: tuple[int, int]
    requests: int
    imports: int
    needed: int
    seconds: float

    @property
    def is_good(self) -> bool:
        within = self.minute[0] <= self.minute[1] and self.second[0] <= self.second[1]
        return self.accounted and within and not self.differences


class NotHere(Exception):
    """This machine, or this database, can't have the fault; the message says why."""


class Scene:
    """A sandbox with limits under which everybody takes some `seconds` to send, and an export."""

    def __init__(self, ground: Ground, port: int, name: str, seconds: float) -> None:
        from django.conf import settings

        from tests.factories import make_connection, make_export, make_user

        self.ground = ground
        self.batches = math.ceil(ground.people / MAX_CONTACTS)
        seconds *= min(1.0, ground.people / 50_000)
        minute = max(20, math.ceil(self.batches / seconds * 60))
        second = max(5, math.ceil(minute / 20))
        self._limits = minute, second
        self.sandbox = Sandbox(
            port=port,
            requests_per_second=second,
            bulk_per_minute=minute,
            single_per_minute=minute,
            processing_seconds=0.5,
            false_seconds=0.5,
            retry_after=1,
        )
        self.list_id = self.sandbox.add_list("Newsletter")
        self.city = self.sandbox.add_field("City")
        self.user = make_user(role="administrator")
        self.export = make_export(
            name=name,
            connection=make_connection(
                host=self.sandbox.host,
                api_key=self.sandbox.key,
                bulk_per_minute=minute * settings.ACTIVECAMPAIGN_BULK_PER_MINUTE // 100,
                single_per_minute=minute,
                requests_per_second=second,
            ),
            segments=[ground.segment],
            list_id=self.list_id,
            mapping=[
                {"column": "email", "target": "email"},
                {"column": "first_name", "target": "first_name"},
                {"column": "last_name", "target": "last_name"},
                {"column": "phone", "target": "phone"},
                {"column": "company", "target": "account_name"},
                {
                    "column": "city",
                    "target": f"field:{self.city}",
                    "type": "text",
                    "title": "City",
                },
            ],
        )

    def start(self, **asked: object) -> Run:
        """Start a run: from here on the workers do everything."""
        from django.utils import timezone

        from exports.models import Run
        from exports.pipeline import start_run

        now = timezone.now()
        return start_run(export=self.export, trigger=Run.Trigger.ON_DEMAND, now=now, **asked)

    def requests(self) -> int:
        """Return how many bulk imports were asked for so far, whatever the answer was."""
        return self.sandbox.log.count(BULK)

    def wait_until_sent(self, share: float, run: Run) -> None:
        """Wait until so much of the first delivery was asked for, or the run has ended."""
        goal = share * self.batches
        self.wait(lambda: self.requests() >= goal or self.look(run).is_finished)

    def wait(self, condition: Callable[[], object], *, seconds: float = LONGEST) -> None:
        """Wait until a condition holds; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("It did not happen.")
            time.sleep(0.05)

    def look(self, run: Run) -> Run:
        """Bring the run up to date, also while the database comes and goes."""
        from django.db import DatabaseError, connection

        try:
            run.refresh_from_db()
        except DatabaseError:
            with suppress(DatabaseError):
                connection.close()
        return run

    def can_write(self, run: Run) -> bool:
        """Tell whether the run's row can be changed, or somebody holds a lock."""
        from django.db import DatabaseError, connection, transaction

        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA busy_timeout = 500")
        try:
            with transaction.atomic():
                return type(run).objects.select_for_update(nowait=True).filter(pk=run.pk).exists()
        except DatabaseError:
            return False

    def finish(self, run: Run) -> Run:
        """Wait until the run has ended."""
        self.wait(lambda: self.look(run).is_finished)
        return run

    def deliver(self, run: Run | None = None) -> None:
        """Go on as a person would, until nobody is due: resume what failed, run again what ended
        with people whose outcome is unknown.
        """
        from django.utils import timezone

        from exports.pipeline import resume_run

        run = self.finish(run or self.start())
        while run.status == run.Status.FAILED:
            resume_run(run=run, user=self.user, now=timezone.now())
            self.finish(run)

    def outcome(self, seconds: float) -> Outcome:
        """Compare what arrived with what was to arrive, and count what was asked for."""
        from exports.models import Batch
        from exports.pipeline.ledger import TAKEN

        self.sandbox.wait_until_imported()
        wanted = expected(self.ground.customers, self.city)
        runs = list(self.export.runs.all())
        taken = Batch.objects.filter(run__export=self.export, status__in=TAKEN)
        minute, second = self._limits
        log = self.sandbox.log
        return Outcome(
            differences=compare(wanted, self.sandbox.contacts_on(self.list_id)),
            accounted=accounted(runs),
            runs=len(runs),
            minute=(log.most_within(60, BULK), minute),
            second=(log.most_within(1), second),
            requests=self.requests(),
            imports=self.sandbox.account.store.number("SELECT count(*) FROM imports"),
            needed=taken.count() + taken.filter(sent_again=True).count(),
            seconds=seconds,
        )
