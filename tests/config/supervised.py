"""A supervisor in a process of its own, for the supervisor's tests.

    supervised.py FOLDER NAME=KIND...

Starts supervised_child.py once for each name; FOLDER gets NAME.pids, and logs/NAME.log.
"""

from __future__ import annotations

import sys
from pathlib import Path

from config.embedded.supervisor import Child, Supervisor

PROGRAM = Path(__file__).with_name("supervised_child.py")


def child_of(folder: Path, name: str, kind: str) -> Child:
    pids = folder / f"{name}.pids"
    lines = 2 if kind == "family" else 1
    return Child(
        name,
        [sys.executable, PROGRAM, kind, pids],
        ready=lambda: pids.exists() and len(pids.read_text().splitlines()) >= lines,
    )


def main() -> None:
    folder = Path(sys.argv[1])
    with Supervisor(folder / "logs", stop_seconds=0.5) as supervisor:
        for argument in sys.argv[2:]:
            supervisor.start(child_of(folder, *argument.split("=")))
        print("all started", flush=True)
        supervisor.watch()
    print("stopped quietly")


if __name__ == "__main__":
    main()
