"""Customers for measurements: a CSV file of any size, and the same a day later."""

import csv
from collections.abc import Iterator
from pathlib import Path

HEADER = ("id", "email", "first_name", "last_name", "company", "phone")
FIRST = ("Zoé", "Anaïs", "Jürgen", "Noémie", "João", "Łukasz", "さくら", "Ελένη")
LAST = ("Lefèvre", "Garçon", "Müller", "O’Brien", "Gonçalves", "Wójcik", "佐藤")
COMPANIES = ("", "", "", "Société Générale du Thé", "Kaffee & Söhne")


def write_customers(path: Path, count: int, *, later: bool = False) -> None:
    """Write `count` customers; `later`, 1% of them have another phone, 1% left, 1% came."""
    some = count // 100 if later else 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_customers(range(some), "+44"))
        writer.writerows(_customers(range(some, count - some), "+33"))
        writer.writerows(_customers(range(count, count + some), "+33"))


def _customers(numbers: range, prefix: str) -> Iterator[tuple[str, ...]]:
    for n in numbers:
        yield (
            f"C{n:07}",
            f"customer.{n}@post.example",
            FIRST[n % len(FIRST)],
            LAST[n % len(LAST)],
            COMPANIES[n % len(COMPANIES)],
            f"{prefix} {n % 10**8:08}",
        )
