"""python -m benchmarks.reading_databases: a query on PostgreSQL becomes a profile table.

The measure is `COPY ... TO STDOUT` of the same query, read to nowhere by the same driver; the two
take turns. Each size has a process of its own, which says how much memory it took.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from config.embedded.postgres import PostgresServer

REPEATS = 5
QUERY = "SELECT * FROM customers"
# About 117 bytes a row as CSV, as many types as customers have.
TABLE = """
CREATE UNLOGGED TABLE customers AS SELECT
    n AS id,
    'person' || n || '@mail' || n % 500 || '.example.com' AS email,
    'First' || n * 7919 % 2000 AS first_name,
    'Last' || n * 104729 % 20000 AS last_name,
    '+33 6 ' || lpad((n * 31 % 100000000)::text, 8, '0') AS phone,
    (ARRAY['France', 'Germany', 'Spain', 'Brazil', 'Canada'])[1 + n % 5] AS country,
    (n * 37 % 1000000 / 100.0)::numeric(10, 2) AS spent,
    (n % 100)::integer AS orders,
    DATE '1940-01-01' + (n * 13 % 25000)::integer AS born,
    TIMESTAMP '2015-01-01' + n * 17 % 300000000 * INTERVAL '1 second' AS seen_at,
    n % 3 = 0 AS wants_news,
    CASE WHEN n % 4 > 0 THEN 'note ' || n % 1000 END AS note
FROM generate_series(1::bigint, {profiles}) AS n
"""


def main() -> None:
    """Measure each size in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, nargs="*", default=[1_000_000, 4_000_000])
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measure(options.inside, os.environ["PGPASSWORD"], options.repeats)))
        return
    print(" ".join(f"{head:>14}" for head in ("profiles", "COPY", "read", "factor", "peak")))
    peaks = []
    for profiles in options.profiles:
        found = _measured(profiles, options.repeats)
        peaks.append(found["peak"])
        print(" ".join(f"{figure:>14}" for figure in _row(profiles, found)))
    print(f"memory of the largest to the smallest: {peaks[-1] / peaks[0]:.2f}")


def _row(profiles: int, found: dict[str, float]) -> list[str]:
    times = [f"{found[name]:.2f} s" for name in ("copy", "read")]
    factor = f"{found['read'] / found['copy']:.2f}x"
    return [f"{profiles:,}", *times, factor, f"{found['peak']:.0f} MB"]


def _measured(profiles: int, repeats: int) -> dict[str, float]:
    with PostgresServer() as server, tempfile.TemporaryDirectory(prefix="facteur-") as folder:
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(TABLE.format(profiles=int(profiles)))
            owner.execute("VACUUM ANALYZE customers")
        parts = urlsplit(server.url)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.reading_databases"),
                *("--inside", server.url.replace(f":{parts.password}@", "@")),
                *("--repeats", str(repeats)),
            ],
            env={
                **os.environ,
                "DATA_DIR": folder,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "PGPASSWORD": str(parts.password),
            },
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1])  # DuckDB draws its progress before


def measure(url: str, password: str, repeats: int) -> dict[str, float]:
    """Return the medians in seconds, and the most memory this process had in megabytes."""
    import django

    django.setup()
    from segments.databases.reading import read_query

    def read() -> None:
        read_query(url, password, QUERY, target, timeout_seconds=600)

    target = str(Path(os.environ["DATA_DIR"]) / "table.parquet")
    times = [(_seconds(lambda: _copy(url, password)), _seconds(read)) for _ in range(repeats)]
    copied, taken = (statistics.median(column) for column in zip(*times, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"copy": copied, "read": taken, "peak": peak}


def _copy(url: str, password: str) -> None:
    with (
        psycopg.connect(url, password=password) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({QUERY}) TO STDOUT") as copy,
        Path(os.devnull).open("wb") as nowhere,
    ):
        for row in copy:
            nowhere.write(row)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
