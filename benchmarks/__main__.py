"""python -m benchmarks: all measurements but that of delivery, which takes longest.

Each also runs by itself; delivery is `python -m benchmarks.delivery`.
"""

from benchmarks import encryption, reading_databases, reading_files, rules, worker_deaths


def main() -> None:
    """Run every other benchmark at full size."""
    encryption.main()
    reading_files.main()
    reading_databases.main()
    rules.main()
    worker_deaths.main()


if __name__ == "__main__":
    main()
