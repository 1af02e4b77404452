"""The second run: 1% changed, 1% left, 1% joined."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.customers import write_customers
from benchmarks.delivery.deliveries import deliver
from benchmarks.stage import UNLIMITED, Stage
from config.embedded.processes import free_port

ROUNDS = 3


def second_run(folder: Path, scale: float) -> dict[str, Any]:
    """Deliver a million, and then what changed: leavers kept, then leavers unsubscribed.

    The day after the second run everything is as it was on the first: those who changed changed
    back, those who joined left, and those who left are back, whom nobody had taken off the list.
    """
    people = int(1_000_000 * scale)
    some = people // 100
    first, later, port = folder / "first.csv", folder / "later.csv", free_port()
    write_customers(first, people)
    write_customers(later, people, later=True)
    kept: list[dict[str, Any]] = []
    settings = {**UNLIMITED, "MAX_MEMBERS": str(2 * people)}
    with Stage(folder / "stage", [port], settings) as stage:
        for turn in range(ROUNDS):
            with stage.destination(port, "--no-limits") as sandbox:
                export = stage.export(f"Turn {turn}", first, sandbox)
                deliver(stage, export, sandbox, people)
                stage.replace(export, later)
                kept.append(deliver(stage, export, sandbox, 2 * some))
                if turn < ROUNDS - 1:
                    # Another export to the same list would keep on it whoever leaves this one.
                    export.delete()
                    continue
                export.leavers = "unsubscribe"
                export.save(update_fields=["leavers"])
                stage.replace(export, first)
                left = deliver(stage, export, sandbox, 2 * some)
    return {
        "people": people,
        "seconds": [each["seconds"] for each in kept],
        "requests": kept[0]["requests"],
        "unsubscribed_seconds": left["seconds"],
        "unsubscribed_requests": left["requests"],
        "memory": left["memory"],
        "deliveries": [*kept, left],
    }
