"""Under documented limits: 5 requests a second, 100 bulk imports a minute."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.customers import write_customers
from benchmarks.delivery.deliveries import deliver
from benchmarks.stage import Stage
from config.embedded.processes import free_port
from connections.activecampaign.contacts import MAX_CONTACTS

if TYPE_CHECKING:
    from exports.models import Run

PER_MINUTE = 100
MINUTES = 5
ACCOUNTS = 20


def million(folder: Path, scale: float) -> dict[str, Any]:
    """Deliver a million."""
    people = int(1_000_000 * scale)
    customers, port = folder / "customers.csv", free_port()
    write_customers(customers, people)
    with Stage(folder / "stage", [port], {}) as stage, stage.destination(port) as sandbox:
        export = stage.export("A million", customers, sandbox)
        return {"people": people} | deliver(stage, export, sandbox, people)


def steady(folder: Path, scale: float) -> dict[str, Any]:
    """Return how many requests a minute leave for one account."""
    return _rates(folder, 1, MINUTES * scale)


def twenty(folder: Path, scale: float) -> dict[str, Any]:
    """Return how many requests a minute leave for each of twenty accounts at once."""
    return _rates(folder, ACCOUNTS, MINUTES * scale)


def _rates(folder: Path, accounts: int, minutes: float) -> dict[str, Any]:
    customers, ports = folder / "customers.csv", [free_port() for _ in range(accounts)]
    # The first minute is none of the steady ones, and the last may be under way.
    write_customers(customers, int((minutes + 2.5) * PER_MINUTE) * MAX_CONTACTS)
    with ExitStack() as stack:
        stage = stack.enter_context(Stage(folder / "stage", ports, {}))
        sandboxes = [stack.enter_context(stage.destination(port)) for port in ports]
        exports = stage.exports(customers, sandboxes)
        runs = [stage.start(export) for export in exports]
        started, cpu = time.monotonic(), stage.worker_cpu()
        rates = _wait_for_rates(runs, minutes)
        return {
            "minutes": minutes,
            "accounts": accounts,
            "rates": rates,
            "refused": sum(sandbox.refusals() for sandbox in sandboxes),
            "requests": [sandbox.requests() for sandbox in sandboxes],
            "worker_cores": (stage.worker_cpu() - cpu) / (time.monotonic() - started),
            "memory": stage.worker_memory(),
        }


def _wait_for_rates(runs: list[Run], minutes: float) -> list[float]:
    """Return each run's requests a minute, once so many minutes have passed after the first."""
    deadline = time.monotonic() + 60 * (1.5 * minutes + 3)
    while True:
        rates = [_rate(run, minutes) for run in runs]
        found = [rate for rate in rates if rate is not None]
        if len(found) == len(runs):
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {len(runs)} runs sent for so long"
        time.sleep(5)


def _rate(run: Run, minutes: float) -> float | None:
    """Return the requests a minute from the second minute's first on; None when it is too early.

    A minute's hundred leave together as soon as they may, so whole such rounds are counted: from
    the first request of one to the first request of another.
    """
    accepted = run.batches.exclude(accepted_at=None).order_by("accepted_at")
    times = [at.timestamp() for at in accepted.values_list("accepted_at", flat=True)]
    steady = times[PER_MINUTE::PER_MINUTE]
    for rounds, at in enumerate(steady):
        if at - steady[0] >= 60 * minutes:
            return rounds * PER_MINUTE / (at - steady[0]) * 60
    return None
