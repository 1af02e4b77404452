"""python -m benchmarks.rules: five conditions over a million profiles, and fifty segments at once.

Each size has a process of its own, which says how much memory it took; a query that somebody
wrote by hand over the same file is the measure for the live count.
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
from typing import Any

REPEATS = 5
SEGMENTS = 50
COUNTRIES = ("France", "Germany", "Spain", "Italy", "Brazil", "Canada", "Japan", "India")
COLUMNS = (
    ("id", "text", "'C' || range"),
    ("email", "email", "'P' || hash(range) % 100000 || '@Mail' || hash(range + 1) % 500 || '.com'"),
    ("country", "country", f"{list(COUNTRIES)}[1 + (hash(range + 2) % 8)::INT]"),
    ("city", "text", "'City ' || hash(range + 3) % 3000"),
    ("first_name", "name", "'First' || hash(range + 4) % 2000"),
    ("last_name", "name", "'Last' || hash(range + 5) % 20000"),
    ("spent", "number", "(hash(range + 6) % 1000000 / 100.0)::VARCHAR"),
    ("orders", "number", "(hash(range + 7) % 100)::VARCHAR"),
    ("born", "date", "(DATE '1940-01-01' + (hash(range + 8) % 25000)::INT)::VARCHAR"),
    ("joined", "date", "(DATE '2015-01-01' + (hash(range + 9) % 4000)::INT)::VARCHAR"),
    ("news", "yes_no", "['yes', 'no'][1 + (hash(range + 10) % 2)::INT]"),
    ("note", "text", "'note ' || hash(range + 11) % 1000"),
)
BY_HAND = """SELECT count(*) FROM read_parquet(?)
    WHERE lower(trim(country)) = 'france' AND contains(lower(email), 'mail1')
    AND TRY_CAST(spent AS DOUBLE) > 1000 AND TRY_CAST(born AS DATE) < DATE '1990-01-01'
    AND TRY_CAST(orders AS DOUBLE) BETWEEN 10 AND 50"""


def main() -> None:
    """Measure each size in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, nargs="*", default=[1_000_000, 5_000_000])
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(measure(options.inside, options.profiles[0])))
        return
    heads = ("profiles", "count", "by hand", "snapshot", f"{SEGMENTS} segments", "factor", "peak")
    print(" ".join(f"{head:>12}" for head in heads))
    for profiles in options.profiles:
        print(" ".join(f"{figure:>12}" for figure in _row(profiles, _measured(profiles))))


def _measured(profiles: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="facteur-rules-") as folder:
        _make_profiles(f"{folder}/profiles.parquet", profiles)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "benchmarks.rules"),
                *("--inside", folder, "--profiles", str(profiles)),
            ],
            env={**os.environ, "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"},
            stdout=subprocess.PIPE,
            check=True,
        )
    return json.loads(done.stdout)


def _row(profiles: int, found: dict[str, float]) -> list[str]:
    times = [f"{found[name]:.0f} ms" for name in ("count", "by_hand", "snapshot", "fifty")]
    factor = found["fifty"] / found["snapshot"]
    return [f"{profiles:,}", *times, f"{factor:.1f}x", f"{found['peak']:.0f} MB"]


def _make_profiles(path: str, profiles: int) -> None:
    """Write the table in a process that is not measured, as reading a file would write it."""
    code = "import sys; from benchmarks import rules; rules.write_profiles(*sys.argv[1:])"
    environment = {**os.environ, "DATA_DIR": str(Path(path).parent)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    subprocess.run(
        [sys.executable, "-c", code, path, str(profiles)],
        env=environment,
        stdout=subprocess.DEVNULL,  # DuckDB draws its progress
        check=True,
    )


def write_profiles(path: str, profiles: str) -> None:
    """Write a table of so many profiles, with its companions."""
    import django

    django.setup()
    from segments import parquet
    from segments.rules.typed import companions

    known = ", ".join(f"{sql} AS {parquet.quote(name)}" for name, _kind, sql in COLUMNS)
    added = "".join(f", {sql} AS {parquet.quote(name)}" for name, sql in companions(_columns()))
    with parquet.connect() as connection:
        connection.execute(
            f"""COPY (SELECT *{added} FROM (SELECT range + 2 AS __row, {known}
            FROM range({int(profiles)}))) TO {parquet.literal(path)} {parquet.written_as(17)}"""  # noqa: S608  # names and expressions are this file's
        )


def measure(folder: Path, profiles: int) -> dict[str, float]:
    """Return the medians in milliseconds, and the most memory this process had in megabytes."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from segments import parquet
    from segments.snapshots import count_members, refresh_segments

    call_command("migrate", verbosity=0)
    source, segments = _set_up(folder, profiles)
    now = timezone.now()

    def refresh(count: int) -> None:
        outcomes = refresh_segments(source=source, segments=segments[:count], now=now)
        failed = [each for each in outcomes.values() if isinstance(each, Exception)]
        assert not failed, failed

    def by_hand() -> int:
        with parquet.connect() as connection:
            path = str(folder / "profiles.parquet")
            return connection.execute(BY_HAND, [path]).fetchall()[0][0]

    counted = count_members(source=source, rule=segments[0].rule, now=now)
    assert counted.members == by_hand()
    return {
        "count": _median(lambda: count_members(source=source, rule=segments[0].rule, now=now)),
        "by_hand": _median(by_hand),
        "snapshot": _median(lambda: refresh(1)),
        "fifty": _median(lambda: refresh(SEGMENTS)),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _columns() -> list[Any]:
    return [{"name": name, "type": kind, "format": ""} for name, kind, _sql in COLUMNS]


def _set_up(folder: Path, profiles: int) -> tuple[Any, list[Any]]:
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from segments.models import ProfileTable, Segment, Source

    stored = Path(default_storage.path("tables/profiles.parquet"))
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.symlink_to(folder / "profiles.parquet")
    source = Source.objects.create(name="Benchmark", columns=_columns(), key_column="id")
    source.table = ProfileTable.objects.create(
        source=source,
        file="tables/profiles.parquet",
        rows=profiles,
        columns=_columns(),
        created_at=timezone.now(),
    )
    source.save()
    return source, [
        Segment.objects.create(name=f"Segment {at}", source=source, rule=_rule(at))
        for at in range(SEGMENTS)
    ]


def _rule(at: int) -> dict[str, Any]:
    """Return five conditions, with values that no other segment has; the first is BY_HAND."""
    conditions = (
        ("country", "equals", COUNTRIES[at % 8]),
        ("email", "contains", f"mail{at + 1}"),
        ("spent", "greater", str(1000 + 7 * at)),
        ("born", "before", f"{1990 - at % 25}-01-01"),
        ("orders", "between", [str(10 + at % 40), str(50 + at % 40)]),
    )
    return {
        "version": 1,
        "match": "all",
        "conditions": [
            {"column": column, "operator": operator, "value": value}
            for column, operator, value in conditions
        ],
    }


def _median(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
