"""python -m benchmarks.delivery: how fast a run delivers, against scripts that do less.

All against the same sandbox, on this machine, in this one run: first without rate limits, then,
with --limited, for some minutes with those that ActiveCampaign documents.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.customers import write_customers
from benchmarks.stage import KEY, LIST, UNLIMITED, Destination, Stage
from config.embedded.processes import free_port
from connections.activecampaign.contacts import MAX_CONTACTS
from demo.installation import PYTHON, ROOT

SAMPLE = 1000


def main() -> None:
    """Measure, and print one line a measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=1, help="the median of them is told")
    parser.add_argument("--limited", type=float, default=0, help="minutes under documented limits")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facteur-delivery-") as name:
        for people in options.people:
            unlimited(Path(name), people, options.rounds)
        if options.limited:
            limited(Path(name), options.limited)


def unlimited(folder: Path, people: int, rounds: int) -> None:
    """Compare Facteur with the scripts, without rate limits."""
    first, later = folder / "first.csv", folder / "later.csv"
    write_customers(first, people)
    write_customers(later, people, later=True)
    times: dict[str, list[float]] = {"plain": [], "one by one": [], "facteur": [], "again": []}
    for turn in range(rounds):
        port = free_port()
        settings = {**UNLIMITED, "MAX_MEMBERS": str(2 * people)}
        with Stage(folder / f"{people}-{turn}", [port], settings) as stage:
            with stage.destination(port, "--no-limits") as sandbox:
                times["plain"].append(_script("bulk", first, sandbox))
            with stage.destination(port, "--no-limits") as sandbox:
                taken = _script("one_by_one", first, sandbox, str(SAMPLE))
                times["one by one"].append(taken / SAMPLE * people)
            with stage.destination(port, "--no-limits") as sandbox:
                export = stage.export("Everybody", first, sandbox)
                times["facteur"].append(_deliver(stage, export, sandbox, people))
                stage.replace(export, later)
                times["again"].append(_deliver(stage, export, sandbox, people // 100 * 2))
            memory = stage.worker_memory()
    _tell(people, {name: median(taken) for name, taken in times.items()}, memory)


def limited(folder: Path, minutes: float) -> None:
    """Say how many requests a minute leave under documented limits, and whether any was refused."""
    customers, port = folder / "limited.csv", free_port()
    write_customers(customers, int(minutes + 2) * 100 * MAX_CONTACTS)
    with Stage(folder / "limited", [port], {}) as stage, stage.destination(port) as sandbox:
        stage.start(stage.export("Limited", customers, sandbox))
        while not sandbox.requests():
            time.sleep(0.01)
        time.sleep(minutes * 60)
        sent, refused = sandbox.requests(), sandbox.refusals()
    print(f"documented limits, {minutes:g} min: {sent / minutes:.1f} bulk requests a minute,")
    print(f"  {refused} refused for rate")


def _script(name: str, customers: Path, sandbox: Destination, *more: str) -> float:
    """Return how many seconds a script takes."""
    command = [PYTHON, "-m", f"benchmarks.scripts.{name}"]
    began = time.monotonic()
    arguments = [str(customers), sandbox.api, KEY, str(LIST), *more]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True)
    return time.monotonic() - began


def _deliver(stage: Stage, export: object, sandbox: Destination, to_send: int) -> float:
    """Return how many seconds a run takes from its start to its end, settled and confirmed."""
    before, began = sandbox.requests(), time.monotonic()
    run = stage.deliver(export)
    seconds = time.monotonic() - began
    needed = -(-to_send // MAX_CONTACTS)
    made = sandbox.requests() - before
    assert (run.status, run.confirmed) == ("successful", to_send), (run.status, run.problem)
    assert made == needed, f"{made} requests were made where {needed} are needed"
    phases = [run.queued_at, run.started_at, run.planned_at, run.sent_at, run.finished_at]
    said = [f"{(to - since).total_seconds():.1f}" for since, to in pairwise(phases)]
    print(f"  {to_send:,} sent in {seconds:.1f} s: {made} requests; queued, planning, sending,")
    print(f"  confirming for {', '.join(said)} s")
    return seconds


def _tell(people: int, seconds: dict[str, float], memory: int) -> None:
    facteur = seconds["facteur"]
    print(f"{people:,} profiles, unlimited")
    print(f"  Facteur, plan to settled        {facteur:8.1f} s  {people / facteur:10,.0f} a second")
    print(f"  plain script, 250 a request     {seconds['plain']:8.1f} s")
    print(f"    Facteur takes                 {facteur / seconds['plain']:8.2f} times as long")
    print(f"  contact by contact              {seconds['one by one']:8.0f} s")
    print(f"    Facteur is                    {seconds['one by one'] / facteur:8.0f} times as fast")
    print(f"  second run, 2% to send          {seconds['again']:8.1f} s")
    print(f"  worker's peak memory            {memory:8} MB", flush=True)


if __name__ == "__main__":
    main()
