"""python -m benchmarks.forecast: how true the predicted end of runs is that share an account.

Two runs of different length go to one sandbox with the documented limits. What is predicted of
each is noted every 15 seconds, and compared with what happened when both have ended.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.customers import write_customers
from benchmarks.stage import Stage
from config.embedded.processes import free_port

if TYPE_CHECKING:
    from datetime import datetime

    from exports.models import Run

SIZES = (85_000, 40_000)
EVERY = 15.0
# From so many seconds on, a prediction must be within that part of the run's duration.
AFTER, WITHIN = 60.0, 0.1


@dataclass
class Watched:
    """A run, and what was predicted when: seconds since it began, and the predicted end."""

    run: Run
    predictions: list[tuple[float, datetime | None]] = field(default_factory=list)


def main() -> None:
    """Run both, print each prediction with its error; exits with 1 when one is not honest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory(prefix="facteur-forecast-") as folder:
        watched = _deliver(Path(folder), sizes)
    worst = max((_report(each) for each in watched), default=0.0)
    print(f"worst from {AFTER:.0f} s on: {worst:.1%}, allowed are {WITHIN:.0%}")
    sys.exit(worst > WITHIN)


def _deliver(folder: Path, sizes: list[int]) -> list[Watched]:
    port = free_port()
    with Stage(folder, [port], {}) as stage, stage.destination(port) as sandbox:
        exports = []
        for size in sizes:
            customers = folder / f"{size}.csv"
            write_customers(customers, size)
            exports.append(stage.export(f"{size} customers", customers, sandbox))
        watched = [Watched(stage.start(export)) for export in exports]
        while _look(watched):
            time.sleep(EVERY)
        return watched


def _look(watched: list[Watched]) -> bool:
    """Note what is predicted now; return whether anything is still under way."""
    from django.utils import timezone

    from exports.pipeline.forecast import forecasts_of

    now = timezone.now()
    for each in watched:
        each.run.refresh_from_db()
    forecasts = forecasts_of([each.run for each in watched], now)
    for each in watched:
        if forecast := forecasts.get(each.run.pk):
            since = (now - each.run.queued_at).total_seconds()
            each.predictions.append((since, forecast.finish_at))
    return bool(forecasts)


def _report(watched: Watched) -> float:
    """Print the predictions for a run; return the largest error that counts."""
    run = watched.run
    assert run.finished_at is not None
    duration = (run.finished_at - run.queued_at).total_seconds()
    print(f"{run.to_send:,} contacts, {duration:.0f} s, {run.get_status_display()}")
    worst = 0.0
    for since, finish_at in watched.predictions:
        if finish_at is None:
            print(f"  {since:5.0f} s  not predicted")
            continue
        error = (finish_at - run.finished_at).total_seconds() / duration
        print(f"  {since:5.0f} s  {error:+.1%}")
        if since >= AFTER:
            worst = max(worst, abs(error))
    return worst


if __name__ == "__main__":
    main()
