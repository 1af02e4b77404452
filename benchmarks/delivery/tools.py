"""Against tools that others wrote for the same work."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.customers import write_customers
from benchmarks.delivery.deliveries import deliver
from benchmarks.rivals import PACKAGES, Rivals
from benchmarks.stage import UNLIMITED, Destination, Stage
from config.embedded.processes import free_port

ROUNDS = 3
# A batch of drt's own that holds many requests, which nobody tells its users to set.
LARGE = 10_000


def against_tools(folder: Path, scale: float) -> dict[str, Any]:
    """Deliver a hundred thousand in turns with drt-core and dlt, each to an empty sandbox."""
    people = int(100_000 * scale)
    customers, port = folder / "customers.csv", free_port()
    write_customers(customers, people)
    rivals = Rivals(folder / "rivals", customers)
    times: dict[str, list[float]] = {"facteur": [], "drt": [], "drt_tuned": [], "dlt": []}
    with Stage(folder / "stage", [port], UNLIMITED) as stage:
        for turn in range(ROUNDS):
            with stage.destination(port, "--no-limits") as sandbox:
                export = stage.export(f"Turn {turn}", customers, sandbox)
                times["facteur"].append(deliver(stage, export, sandbox, people)["seconds"])
            for name, run in (
                ("drt", rivals.drt),
                ("drt_tuned", lambda sandbox: rivals.drt(sandbox, LARGE)),
                ("dlt", rivals.dlt),
            ):
                with stage.destination(port, "--no-limits") as sandbox:
                    times[name].append(_timed(run, sandbox))
                    assert sandbox.requests() == -(-people // 250), f"{name} sent something else"
        memory = stage.worker_memory()
    return {"people": people, "packages": PACKAGES, "memory": memory, **times}


def _timed(run: Callable[[Destination], None], sandbox: Destination) -> float:
    began = time.monotonic()
    run(sandbox)
    return time.monotonic() - began
