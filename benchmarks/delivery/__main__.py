"""python -m benchmarks.delivery: how fast a run delivers, as one table.

All against the same sandbox, on this machine, in this one run: first without rate limits, then
with those that ActiveCampaign documents. Each measure has processes of its own and leaves its
figures in a file of the results' folder, from which the table can be printed again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.delivery import limited, second, tools, unlimited
from benchmarks.delivery.table import print_table
from demo.installation import PYTHON, ROOT

MILLION = 1_000_000
MEASURES = {
    "script": unlimited.against_scripts,
    "tools": tools.against_tools,
    "second": second.second_run,
    "growth-10k": lambda folder, scale: unlimited.growth(folder, int(10_000 * scale)),
    "growth-100k": lambda folder, scale: unlimited.growth(folder, int(100_000 * scale)),
    "growth-1M": lambda folder, scale: unlimited.growth(folder, int(MILLION * scale)),
    "growth-4M": lambda folder, scale: unlimited.growth(folder, int(4 * MILLION * scale)),
    "steady": limited.steady,
    "twenty": limited.twenty,
    "million": limited.million,
}


def main() -> None:
    """Measure what is asked for, and print the table of all that has been measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=MEASURES, default=list(MEASURES))
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(tempfile.gettempdir()) / "facteur-bench",
        help="the folder for the figures, one file a measure (default: %(default)s)",
    )
    parser.add_argument("--scale", type=float, default=1.0, help="a part of every size, to try it")
    parser.add_argument("--inside", choices=MEASURES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _measure(options.inside, options.results, options.scale)
        return
    options.results.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        _in_a_process(name, options.results, options.scale)
    found = {path.stem: json.loads(path.read_text()) for path in options.results.glob("*.json")}
    print_table(found)


def _in_a_process(name: str, results: Path, scale: float) -> None:
    """Measure in a process of its own: settings, and with them the broker, are read but once."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}\n")
    command = [PYTHON, "-m", "benchmarks.delivery", "--inside", name]
    arguments = ["--results", str(results), "--scale", str(scale)]
    if subprocess.run([*command, *arguments], cwd=ROOT).returncode:
        sys.stderr.write(f"{name} could not be measured\n")
        (results / f"{name}.json").unlink(missing_ok=True)


def _measure(name: str, results: Path, scale: float) -> None:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="facteur-delivery-") as folder:
        found: dict[str, Any] = MEASURES[name](Path(folder), scale)
    about = {"scale": scale, "load": load, "cores": os.cpu_count(), "at": time.strftime("%F %T")}
    (results / f"{name}.json").write_text(json.dumps(about | found, indent=1))


if __name__ == "__main__":
    main()
