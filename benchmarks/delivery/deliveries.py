"""One delivery on a stage, and one script against it: seconds, requests, memory."""

from __future__ import annotations

import subprocess
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.stage import KEY, LIST, Destination, Stage
from connections.activecampaign.contacts import MAX_CONTACTS
from demo.installation import PYTHON, ROOT

if TYPE_CHECKING:
    from exports.models import Export

PHASES = ("queued", "planning", "sending", "confirming")


def deliver(stage: Stage, export: Export, sandbox: Destination, to_send: int) -> dict[str, Any]:
    """Return how long a run takes from its start to its end, settled and confirmed.

    It must send so many contacts, and in no more requests than they need.
    """
    before, began = sandbox.requests(), time.monotonic()
    run = stage.deliver(export)
    seconds = time.monotonic() - began
    made, needed = sandbox.requests() - before, -(-to_send // MAX_CONTACTS)
    assert run.status == "successful", (run.status, run.problem)
    assert run.confirmed == to_send, f"{run.confirmed} were sent instead of {to_send}"
    assert made == needed, f"{made} requests were made where {needed} are needed"
    moments = [run.queued_at, run.started_at, run.planned_at, run.sent_at, run.finished_at]
    parts = [(after - before).total_seconds() for before, after in pairwise(moments)]
    return {
        "seconds": seconds,
        "requests": made,
        "polls": sandbox.requests("GET /import/info"),
        "refused": sandbox.refusals(),
        "phases": dict(zip(PHASES, parts, strict=True)),
        "memory": stage.worker_memory(),
        "worker_cpu": stage.worker_cpu(),
    }


def script(name: str, customers: Path, sandbox: Destination, *more: str) -> float:
    """Return how many seconds a script of `benchmarks.scripts` takes."""
    command = [PYTHON, "-m", f"benchmarks.scripts.{name}"]
    arguments = [str(customers), sandbox.api, KEY, str(LIST), *more]
    began = time.monotonic()
    subprocess.run([*command, *arguments], cwd=ROOT, check=True)
    return time.monotonic() - began
