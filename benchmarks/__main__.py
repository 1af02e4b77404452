"""python -m benchmarks: all measurements but those of delivery, which take longest.

Each also runs by itself; delivery is `python -m benchmarks.delivery`, and
what breaks it `python -m benchmarks.faults`.
"""

from benchmarks import encryption, reading_databases, reading_files, rules


def main() -> None:
    """Run every other benchmark at full size."""
    encryption.main()
    reading_files.main()
    reading_databases.main()
    rules.main()


if __name__ == "__main__":
    main()
