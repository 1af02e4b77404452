"""python -m benchmarks: all measurements, one after the other; each also runs by itself."""

from benchmarks import delivery, encryption, reading_databases, reading_files, rules, worker_deaths


def main() -> None:
    """Run every benchmark at full size."""
    encryption.main()
    reading_files.main()
    reading_databases.main()
    rules.main()
    delivery.main()
    worker_deaths.main()


if __name__ == "__main__":
    main()
