"""python -m benchmarks.reading_files: from a file to a checked profile table.

Each kind of file beside the way one would go without Facteur, in the same run: for CSV and
Parquet, DuckDB makes a table of it in a database file and writes that to Parquet; Excel is read
with openpyxl and handed to DuckDB as CSV. calamine alone, which only reads the cells, is a line
of its own. Medians of several runs, each in a process of its own that says how much memory it,
or a program that it started, took.
"""

import argparse
import csv
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

import duckdb

REPEATS = 5
CUSTOMERS = """
    SELECT range + 1 AS customer_id,
        'person.' || range || '@example' || hash(range) % 500 || '.com' AS email,
        ['Ana', 'Luís', 'Zoë', 'Marie', 'Peter'][1 + (hash(range + 1) % 5)::INT] AS first_name,
        'Family' || hash(range + 2) % 20000 AS last_name,
        '+33 6 ' || (10000000 + hash(range + 3) % 89999999) AS phone,
        ['France', 'Spain', 'Brazil', 'Japan'][1 + (hash(range + 4) % 4)::INT] AS country,
        'City ' || hash(range + 5) % 3000 AS city,
        'P-' || (10000 + hash(range + 6) % 89999) AS postal_code,
        DATE '1940-01-01' + (hash(range + 7) % 25000)::INT AS born,
        DATE '2015-01-01' + (hash(range + 8) % 4000)::INT AS signed_up_on,
        (hash(range + 9) % 1000000 / 100)::DECIMAL(10, 2) AS total_spent,
        ['yes', 'no'][1 + (hash(range + 10) % 2)::INT] AS newsletter
    FROM range({rows})
"""

CREATE_TABLE = {
    ".csv": "CREATE TABLE customers AS SELECT * FROM read_csv(?)",
    ".parquet": "CREATE TABLE customers AS SELECT * FROM read_parquet(?)",
}


def main() -> None:
    """Measure each kind of file, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=int, default=1_000_000, help="rows; 0: leave it out")
    parser.add_argument("--xlsx", type=int, default=100_000)
    parser.add_argument("--parquet", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(*options.inside)))
        return
    heads = ("file", "rows", "size", "Facteur", "other way", "factor", "peak", "other", "calamine")
    print(" ".join(f"{head:>10}" for head in heads))
    for kind in filter(vars(options).get, ("csv", "xlsx", "parquet")):
        with tempfile.TemporaryDirectory(prefix="facteur-files-") as folder:
            print(" ".join(f"{each:>10}" for each in _row(kind, folder, options)), flush=True)


def _row(kind: str, folder: str, options: argparse.Namespace) -> list[str]:
    rows = getattr(options, kind)
    path = f"{folder}/customers.{kind}"
    # A process that is started begins with the peak of the one that starts it: keep that low.
    _in_a_process(f"write:{rows}", path, folder)
    ways = ["ours", "other", "calamine"] if kind == "xlsx" else ["ours", "other"]
    # Side by side: what else the machine does falls on each way alike.
    runs = [{way: _in_a_process(way, path, folder) for way in ways} for _ in range(options.repeats)]
    seconds = {way: statistics.median(run[way]["seconds"] for run in runs) for way in ways}
    peaks = {way: max(run[way]["peak"] for run in runs) for way in ways}
    return [
        kind,
        f"{rows:,}",
        f"{Path(path).stat().st_size / 1e6:.0f} MB",
        *(f"{seconds[way]:.2f} s" for way in ("ours", "other")),
        f"{seconds['ours'] / seconds['other']:.2f}x",
        *(f"{peaks[way]:.0f} MB" for way in ("ours", "other")),
        f"{seconds['calamine']:.2f} s" if "calamine" in seconds else "",
    ]


def _in_a_process(way: str, path: str, folder: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reading_files", "--inside", way, path, folder],
        env={**os.environ, "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout))


def _measure(way: str, path: str, folder: str) -> dict[str, float]:
    if way.startswith("write:"):
        WRITERS[Path(path).suffix](path, int(way.removeprefix("write:")))
        return {}
    work = WAYS[way](path, folder)
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    peaks = (resource.getrusage(who).ru_maxrss for who in (0, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "peak": max(peaks) / 1024}


def _ours(path: str, folder: str) -> Callable[[], None]:
    import django

    django.setup()
    from segments.files.reading import Options, read_files
    from segments.guessing import guess_key

    def work() -> None:
        table = f"{folder}/table.parquet"
        read = read_files([(path, "customers")], table, options=Options())
        assert guess_key(table, read.names) == "customer_id"  # and it is checked to be one

    return work


def _other(path: str, folder: str) -> Callable[[], None]:
    def work() -> None:
        read = path
        if path.endswith(".xlsx"):
            read = f"{folder}/openpyxl.csv"
            _openpyxl_to_csv(path, read)
        database = Path(folder, "other.duckdb")
        database.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(CREATE_TABLE[Path(read).suffix], [read])
            connection.execute(f"COPY customers TO '{folder}/other.parquet' (FORMAT parquet)")

    return work


def _openpyxl_to_csv(path: str, target: str) -> None:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    with Path(target).open("w", newline="") as file:
        csv.writer(file).writerows(book.worksheets[0].iter_rows(values_only=True))


def _calamine(path: str, _folder: str) -> Callable[[], None]:
    from python_calamine import CalamineWorkbook

    return lambda: sum(
        len(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    )


def _write(path: str, rows: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"COPY ({CUSTOMERS.format(rows=rows)}) TO '{path}'")


def _write_excel(path: str, rows: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    found = duckdb.sql(CUSTOMERS.format(rows=rows))
    for row in [found.columns, *found.fetchall()]:
        sheet.append(row)
    book.save(path)


WAYS = {"ours": _ours, "other": _other, "calamine": _calamine}
WRITERS = {".csv": _write, ".xlsx": _write_excel, ".parquet": _write}


if __name__ == "__main__":
    main()
