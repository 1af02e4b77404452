"""python -m benchmarks.faults: what each fault costs a delivery, and whether anybody was lost.

The sandbox keeps the documented limits, scaled so that everybody is sent in about half a minute.
Its list is compared with the customers' file, member by member and field by field. Exits with 1
when anybody is missing, unexpected, wrong or unaccounted for, or a limit was exceeded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.faults.catalogue import FAULTS
from benchmarks.faults.ground import Ground
from benchmarks.faults.scene import NotHere, Outcome, Scene
from config.embedded.processes import free_port

HEADER = (
    f"{'fault':46} {'missing':>7} {'unexp.':>6} {'wrong':>5} {'accounted':>9} {'runs':>4}"
    f" {'most/min':>11} {'most/s':>8} {'requests':>8} {'imports':>7} {'needed':>6}"
    f" {'needless':>8} {'seconds':>7}"
)


def main() -> None:
    """Have every fault once, or those that are named, and print a line for each."""
    options = _parser().parse_args()
    names = options.names or list(FAULTS)
    ports = [free_port() for _ in names]
    passed = True
    with (
        tempfile.TemporaryDirectory(prefix="facteur-faults-") as name,
        Ground(Path(name), options.database, options.people, ports) as ground,
    ):
        print(f"{options.people:,} profiles, {options.database}\n{HEADER}", flush=True)
        for fault, port in zip(names, ports, strict=True):
            passed &= _have(fault, ground, port)
    if not passed:
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FAULTS))
    return parser


def _have(name: str, ground: Ground, port: int) -> bool:
    """Have one fault and print what came of it; return whether everything is as it must be."""
    fault = FAULTS[name]
    scene = Scene(ground, port, name, fault.seconds)
    with scene.sandbox:
        began = time.monotonic()
        try:
            fault.strike(scene)
        except NotHere as reason:
            print(f"{fault.says:46} not here: {reason}", flush=True)
            return True
        outcome = scene.outcome(time.monotonic() - began)
    _tell(fault.says, outcome)
    return outcome.is_good


def _tell(says: str, outcome: Outcome) -> None:
    lost = outcome.differences
    minute, second = ("/".join(map(str, pair)) for pair in (outcome.minute, outcome.second))
    print(
        f"{says:46} {lost.missing:7} {lost.unexpected:6} {lost.wrong:5}"
        f" {'all' if outcome.accounted else 'NOT ALL':>9} {outcome.runs:4} {minute:>11} {second:>8}"
        f" {outcome.requests:8} {outcome.imports:7} {outcome.needed:6}"
        f" {outcome.imports - outcome.needed:8} {outcome.seconds:7.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
