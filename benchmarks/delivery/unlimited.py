"""Without rate limits: against scripts that do less, and with ever more profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.customers import write_customers
from benchmarks.delivery.deliveries import deliver, script
from benchmarks.stage import UNLIMITED, Stage
from config.embedded.processes import free_port

ROUNDS = 3
# People sent one by one; what all of them would take follows from it.
SAMPLE = 2000


def against_scripts(folder: Path, scale: float) -> dict[str, Any]:
    """Deliver a million in turns with the scripts, each time to an empty sandbox."""
    people = int(1_000_000 * scale)
    customers, port = folder / "customers.csv", free_port()
    write_customers(customers, people)
    facteur: list[dict[str, Any]] = []
    plain: list[float] = []
    one_by_one: list[float] = []
    with Stage(folder / "stage", [port], UNLIMITED) as stage:
        for turn in range(ROUNDS):
            with stage.destination(port, "--no-limits") as sandbox:
                plain.append(script("bulk", customers, sandbox))
            with stage.destination(port, "--no-limits") as sandbox:
                export = stage.export(f"Turn {turn}", customers, sandbox)
                facteur.append(deliver(stage, export, sandbox, people))
            with stage.destination(port, "--no-limits") as sandbox:
                sample = min(SAMPLE, people)
                taken = script("one_by_one", customers, sandbox, str(sample))
                one_by_one.append(taken / sample * people)
        memory = stage.worker_memory()
    return {
        "people": people,
        "plain": plain,
        "facteur": [each["seconds"] for each in facteur],
        "one_by_one": one_by_one,
        "sample": SAMPLE,
        "memory": memory,
        "deliveries": facteur,
    }


def growth(folder: Path, people: int) -> dict[str, Any]:
    """Deliver so many profiles, once."""
    customers, port = folder / "customers.csv", free_port()
    write_customers(customers, people)
    settings = {**UNLIMITED, "MAX_MEMBERS": str(people)}
    with (
        Stage(folder / "stage", [port], settings) as stage,
        stage.destination(port, "--no-limits") as sandbox,
    ):
        export = stage.export("Everybody", customers, sandbox)
        return {"people": people} | deliver(stage, export, sandbox, people)
