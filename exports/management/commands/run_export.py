"""manage.py run_export NAME --wait --json --full: runs an export from a script."""

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import timezone

from accounts.mail import site_address
from exports.models import Export, Run
from exports.pipeline import AlreadyRunning, NotRunnable, start_run
from exports.problems import describe_problem

POLL_SECONDS = 0.5
PATIENCE_SECONDS = 300.0  # with a database that does not answer
# What the command exits with, besides 0.
ENDED_BADLY = 1
NEEDS_APPROVAL = 3
COUNTS = (
    "members",
    "left",
    "leavers",
    "unchanged",
    "held_back",
    "accepted",
    "rejected_before",
    "rejected_after",
    "not_attempted",
    "confirmed",
    "unknown",
)


class Command(BaseCommand):
    """Exits with 0 when the run was started, or ended well; with 3 when it waits for somebody to
    approve it; with 1 and a reason otherwise.
    """

    help = (
        "Run an export now. With --wait, wait until it has ended or needs approval, and say what "
        "came of it. Exits with 0 when all is well, 3 when the run needs approval, 1 otherwise."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the export's display name")
        parser.add_argument("--wait", action="store_true", help="wait until the run has ended")
        parser.add_argument(
            "--full", action="store_true", help="send everybody, not only what has changed"
        )
        parser.add_argument("--json", action="store_true", help="say it as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = Run.Scope.FULL if options["full"] else Run.Scope.CHANGES
        run = self._start(options["name"], scope)
        if options["wait"]:
            _wait_for(run)
        self._say(run, as_json=options["json"])
        if run.status == Run.Status.NEEDS_APPROVAL:
            raise _waits_for_approval(run)
        if run.status in (Run.Status.FAILED, Run.Status.CANCELED):
            text = f"The run ended as: {run.get_status_display()}"
            raise CommandError(text, returncode=ENDED_BADLY)

    def _start(self, name: str, scope: str) -> Run:
        try:
            export = Export.objects.get(name=name)
            return start_run(
                export=export, trigger=Run.Trigger.ON_DEMAND, scope=scope, now=timezone.now()
            )
        except Export.DoesNotExist:
            raise CommandError(f"There is no export called “{name}”.") from None
        except AlreadyRunning as error:
            if error.run.status == Run.Status.NEEDS_APPROVAL:
                raise _waits_for_approval(error.run) from None
            raise CommandError(f"The export is running already: run {error.run.pk}.") from None
        except NotRunnable as error:
            raise CommandError(str(describe_problem(error.problem))) from None

    def _say(self, run: Run, *, as_json: bool) -> None:
        facts = {
            "run": run.pk,
            "status": str(run.status),
            "state": run.state,
            "scope": str(run.scope),
            "problem": run.problem,
            "reason": str(describe_problem(run.problem) or ""),
            "guards": run.guards,
        } | {name: getattr(run, name) for name in COUNTS}
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        guards = " ".join(str(describe_problem(guard)) for guard in run.guards)
        words = {"problem": facts["reason"] or None, "reason": None, "guards": guards or None}
        for name, value in (facts | words).items():
            if value is not None:
                self.stdout.write(f"{name}: {value}")


def _waits_for_approval(run: Run) -> CommandError:
    address = site_address(reverse("exports:run_detail", args=[run.pk]))
    return CommandError(f"Run {run.pk} needs approval: {address}", returncode=NEEDS_APPROVAL)


def _wait_for(run: Run) -> None:
    """Wait for a run's end or somebody's word, and for a database that starts again meanwhile."""
    seen_at = time.monotonic()
    while not run.is_at_rest:
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
