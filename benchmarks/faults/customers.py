"""Customers, some of whom can't be delivered, and who must be on the list in the end."""

import csv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.customers import COMPANIES, FIRST, LAST

HEADER = ("id", "email", "first_name", "last_name", "company", "phone", "city")
CITIES = ("Lyon", "Köln", "São Paulo", "東京", "", "Łódź")
# An address that we take and ActiveCampaign refuses: its last part has a digit.
REFUSED = "post.n0n"


def write_customers(path: Path, count: int) -> None:
    """Write so many customers; about one in thirty has no address that could be delivered."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_customers(count))


def expected(path: Path, city_field: int) -> dict[str, dict[str, str]]:
    """Return who must be on the list, by address, and with which values: read from the file."""
    people: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            email = row["email"].strip().lower()
            if "@" in email and not email.endswith(REFUSED):
                people.setdefault(
                    email,
                    {
                        "first_name": row["first_name"],
                        "last_name": row["last_name"],
                        "phone": row["phone"],
                        "account_name": row["company"],
                        str(city_field): row["city"],
                    },
                )
    return people


def _customers(count: int) -> Iterator[tuple[str, ...]]:
    for n in range(count):
        yield (
            f"C{n:07}",
            _address(n),
            FIRST[n % len(FIRST)],
            LAST[n % len(LAST)],
            COMPANIES[n % len(COMPANIES)],
            f"+33 {n:08}",
            CITIES[n % len(CITIES)],
        )


def _address(n: int) -> str:
    if n % 97 == 5:
        return f" Customer.{n - 1}@POST.example"  # who is there already
    if n % 101 == 7:
        return ""
    if n % 103 == 11:
        return f"customer.{n} at post.example"
    return f"customer.{n}@{REFUSED if n % 2003 == 3 else 'post.example'}"
