"""manage.py run_export NAME --wait --json: runs an export from a script."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.utils import timezone

from exports.models import Export, Run
from exports.pipeline import AlreadyRunning, NotRunnable, start_run
from exports.problems import describe_problem

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 300.0  # with a database that does not answer
COUNTS = (
    "members",
    "unchanged",
    "accepted",
    "rejected_before",
    "rejected_after",
    "not_attempted",
    "confirmed",
    "unknown",
)


class Command(BaseCommand):
    """Exits with 0 when the run was started, or ended well; with 1 and a reason otherwise."""

    help = "Run an export now. With --wait, wait for its end and say what came of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the export's display name")
        parser.add_argument("--wait", action="store_true", help="wait until the run has ended")
        parser.add_argument("--json", action="store_true", help="say it as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._start(options["name"])
        if options["wait"]:
            _wait_for(run)
        self._say(run, as_json=options["json"])
        if run.status in (Run.Status.FAILED, Run.Status.CANCELED):
            raise CommandError(f"The run ended as: {run.get_status_display()}", returncode=1)

    def _start(self, name: str) -> Run:
        try:
            export = Export.objects.get(name=name)
            return start_run(export=export, trigger=Run.Trigger.ON_DEMAND, now=timezone.now())
        except Export.DoesNotExist:
            raise CommandError(f"There is no export called “{name}”.") from None
        except AlreadyRunning as error:
            raise CommandError(f"The export is running already: run {error.run.pk}.") from None
        except NotRunnable as error:
            raise CommandError(str(describe_problem(error.problem))) from None

    def _say(self, run: Run, *, as_json: bool) -> None:
        facts = {"run": run.pk, "status": str(run.status), "problem": run.problem} | {
            name: getattr(run, name) for name in COUNTS
        }
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        for name, value in (facts | {"problem": describe_problem(run.problem)}).items():
            if value is not None:
                self.stdout.write(f"{name}: {value}")


def _wait_for(run: Run) -> None:
    """Wait for a run's end, and for a database that starts again meanwhile."""
    seen_at = time.monotonic()
    while not run.is_finished:
        time.sleep(POLL_SECONDS)
        try:
            run.refresh_from_db()
            seen_at = time.monotonic()
        except OperationalError:
            connection.close()  # the next look opens a new one
            if time.monotonic() - seen_at > PATIENCE_SECONDS:
                raise CommandError(
                    f"The database does not answer. Run {run.pk} goes on when it does."
                ) from None
