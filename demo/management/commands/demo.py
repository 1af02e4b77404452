"""manage.py demo: sample people, source, segment, connection and export, and their first run."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from demo.sample import Sample, make_sample
from exports.models import Run
from exports.pipeline import AlreadyRunning, start_run

WAIT_SECONDS = 300


class Command(BaseCommand):
    """Fills an installation for `make demo`; what is there already stays."""

    help = "Make the sample people, segment, connection and export of make demo, and run it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=600, help="how many sample customers")
        parser.add_argument(
            "--setup-only", action="store_true", help="make everything, but run nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sample = make_sample(people=options["people"], now=timezone.now())
        if options["setup_only"]:
            return
        self._say_outcome(self._run(sample))
        self._say_addresses(sample)

    def _run(self, sample: Sample) -> Run:
        """Return the first run of the sample export, finished; a later demo shows the last one."""
        runs = sample.export.runs.order_by("-queued_at")
        if (run := runs.first()) is None:
            try:
                run = start_run(
                    export=sample.export,
                    trigger=Run.Trigger.ON_DEMAND,
                    user=sample.contributor,
                    now=timezone.now(),
                )
            except AlreadyRunning as already:
                run = already.run
        deadline = time.monotonic() + WAIT_SECONDS
        while not run.is_finished and time.monotonic() < deadline:
            time.sleep(0.2)
            run.refresh_from_db()
        return run

    def _say_outcome(self, run: Run) -> None:
        counts = (
            ("Members", run.members),
            ("Unchanged", run.unchanged),
            ("Accepted", run.accepted),
            ("Rejected before sending", run.rejected_before),
            ("Rejected by ActiveCampaign", run.rejected_after),
            ("Not attempted", run.not_attempted),
        )
        self.stdout.write(f"\n  {run.export.name}: {run.state}\n\n")
        for name, count in counts:
            self.stdout.write(f"  {name:<28}{count or 0:>8,}")
        self.stdout.write(f"\n  of the accepted, confirmed {run.confirmed:,}\n")

    def _say_addresses(self, sample: Sample) -> None:
        self.stdout.write(f"\n  Facteur   {settings.SITE_URL}")
        for user, password in sample.passwords:
            self.stdout.write(f"            {user.email:<28}{password}")
        self.stdout.write(f"  Sandbox   http://{sample.connection.host}")
        self.stdout.write("\n  Ctrl-C stops everything; the next make demo goes on from here.\n")
