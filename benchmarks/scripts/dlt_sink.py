"""A dlt pipeline with a custom destination, as dlt's documentation describes reverse ETL.

python -m benchmarks.scripts.dlt_sink FILE URL KEY LIST, with a Python that has dlt.
"""

import csv
import sys
from collections.abc import Iterator

import dlt
import requests


def main(file: str, url: str, key: str, list_id: str) -> None:
    """Send the customers of a CSV file, in the 250s that dlt makes of them."""
    session = requests.Session()
    session.headers["Api-Token"] = key

    @dlt.resource(name="customers")
    def customers() -> Iterator[list[dict[str, str]]]:
        with open(file, encoding="utf-8", newline="") as people:  # noqa: PTH123
            rows = csv.DictReader(people)
            while some := [row for _, row in zip(range(5000), rows, strict=False)]:
                yield some

    @dlt.destination(batch_size=250, naming_convention="direct")
    def bulk_import(items: list[dict[str, str]], table: object) -> None:
        contacts = [
            {
                "email": item["email"],
                "first_name": item["first_name"],
                "last_name": item["last_name"],
                "phone": item["phone"],
                "customer_acct_name": item["company"],
                "subscribe": [{"listid": int(list_id)}],
            }
            for item in items
        ]
        body = {"contacts": contacts, "exclude_automations": True}
        session.post(f"{url}/import/bulk_import", json=body, timeout=60).raise_for_status()

    pipeline = dlt.pipeline("customers_to_activecampaign", destination=bulk_import)
    pipeline.run(customers()).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
