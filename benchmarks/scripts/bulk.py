"""The plain script that Facteur is measured against: it sends, and keeps no books.

python -m benchmarks.scripts.bulk FILE URL KEY LIST
"""

import csv
import sys
from itertools import islice

import requests


def main(file: str, url: str, key: str, list_id: str) -> None:
    """Post the customers of a CSV file, 250 at a time, in one loop."""
    session = requests.Session()
    session.headers["Api-Token"] = key
    with open(file, encoding="utf-8", newline="") as people:  # noqa: PTH123
        reader = csv.DictReader(people)
        while rows := list(islice(reader, 250)):
            contacts = [
                {
                    "email": row["email"],
                    "first_name": row["first_name"],
                    "last_name": row["last_name"],
                    "phone": row["phone"],
                    "customer_acct_name": row["company"],
                    "subscribe": [{"listid": int(list_id)}],
                }
                for row in rows
            ]
            body = {"contacts": contacts, "exclude_automations": True}
            session.post(f"{url}/import/bulk_import", json=body, timeout=60).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
