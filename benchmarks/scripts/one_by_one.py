"""Contact by contact, as most connectors do: contact/sync, then contactLists.

python -m benchmarks.scripts.one_by_one FILE URL KEY LIST COUNT
"""

import csv
import sys
from itertools import islice

import requests


def main(file: str, url: str, key: str, list_id: str, count: str) -> None:
    """Send the first `count` customers of a CSV file with two requests each."""
    session = requests.Session()
    session.headers["Api-Token"] = key
    with open(file, encoding="utf-8", newline="") as people:  # noqa: PTH123
        for row in islice(csv.DictReader(people), int(count)):
            contact = {
                "email": row["email"],
                "firstName": row["first_name"],
                "lastName": row["last_name"],
                "phone": row["phone"],
            }
            answer = session.post(f"{url}/contact/sync", json={"contact": contact}, timeout=60)
            answer.raise_for_status()
            on_list = {"list": list_id, "contact": answer.json()["contact"]["id"], "status": 1}
            answer = session.post(f"{url}/contactLists", json={"contactList": on_list}, timeout=60)
            answer.raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
