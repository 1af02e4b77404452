"""python -m benchmarks.worker_deaths: kill -9 of the worker while a large run is sending.

Says how long it took, how many requests were repeated, and whether anybody was lost.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from connections.activecampaign.contacts import MAX_CONTACTS
from tests.worker_deaths import deliver_through_deaths


def main() -> None:
    """Run once, in a folder that is gone afterwards; exit with 1 when anybody was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=234_000, help="customers; 3 in 7 are sent")
    parser.add_argument("--deaths", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds for each request")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="facteur-deaths-") as folder:
        outcome = deliver_through_deaths(
            Path(folder),
            people=options.people,
            deaths=options.deaths,
            latency=options.latency,
            say=sys.stdout.write,
        )
    needed = -(-outcome.expected // MAX_CONTACTS)
    print(f"run: {outcome.run}")
    print(f"{outcome.seconds:.0f} s, {outcome.requests} requests where {needed} were needed")
    print(f"missing {outcome.missing}, unexpected {outcome.unexpected}, wrong {outcome.wrong}")
    print(f"files with the key, logs with an address: {outcome.leaks or 'none'}")
    if outcome.missing or outcome.unexpected or outcome.wrong or outcome.leaks:
        sys.exit(1)


if __name__ == "__main__":
    main()
