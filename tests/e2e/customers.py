"""Sample customers of the journeys' own, in which everything is that goes wrong on the way."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields, replace
from io import StringIO


@dataclass(frozen=True)
class Customer:
    """One row of the file; the names of the columns are those of the fields."""

    customer_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    country: str
    note: str = ""


CUSTOMERS = (
    Customer("0001", "Zoé", "Lefèvre", "zoe@poste.example", "06 12 34 56 78", "", "France"),
    Customer("0002", "Noël", "d'Aubigné", "noel@poste.example", "0033123456789", "Thé", "France"),
    Customer("0003", "Siân", "O’Brien", "sian@mail.example", "+1 514 555 0199", "", "Canada"),
    Customer(
        *("0004", "João", "Gonçalves", "joao@correio.example", "021 99999-0000"),
        *("Padaria “Estrela”, Ltda", "Brazil", "primeira linha\nsegunda linha; 2ª parte"),
    ),
    Customer("0005", "Łukasz", "Wójcik", "lukasz@poczta.example", "0048 22", "Poczta", "Poland"),
    Customer("0006", "Jürgen", "Groß", "juergen@post.example", "030 1234", "", "Germany"),
)  # fmt: skip
WANTED = ("France", "Canada", "Brazil")


def as_csv(customers: tuple[Customer, ...]) -> bytes:
    """Return a file as a spreadsheet writes it, in UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(field.name for field in fields(Customer))
    writer.writerows(astuple(customer) for customer in customers)
    return text.getvalue().encode()


def with_phone(customers: tuple[Customer, ...], email: str, phone: str) -> tuple[Customer, ...]:
    """Return the customers after one of them changed the phone number."""
    return tuple(replace(one, phone=phone) if one.email == email else one for one in customers)


def as_contacts(customers: tuple[Customer, ...]) -> dict[str, tuple[str, ...]]:
    """Return what a list holds when the wanted ones of these have arrived, by address."""
    return {
        one.email: (one.first_name, one.last_name, one.phone, one.company)
        for one in customers
        if one.country in WANTED
    }
