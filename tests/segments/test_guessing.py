"""What columns mean, guessed from their names and values."""

from __future__ import annotations

import pytest

from segments.guessing import guess_column
from tests.factories import make_source


@pytest.mark.parametrize(
    ("name", "values", "meaning"),
    [
        ("contact", ["ana@example.com", "bea@example.org"], "email:"),
        ("email", ["n/a", "-"], "text:"),
        ("Téléphone", ["01 23 45 67 89", "0612345678"], "phone:"),
        ("reach", ["+33 1 23 45 67", "+55 (12) 3923-5555"], "phone:"),
        ("number", ["0123456789", "0612345678"], "text:"),
        ("spent", ["1", "-2.5", " 3 "], "number:"),
        ("spent", ["1,5", "2"], "number:comma"),
        ("spent", ["1.234,50", "1 000", "12"], "number:comma"),
        ("spent", ["1,234", "5,678", "12"], "text:"),
        ("spent", ["1,234.50", "12.00"], "text:"),
        ("postal code", ["75001", "33000"], "text:"),
        ("code", ["00123", "00456"], "text:"),
        ("born", ["1980-01-31", "1990-2-1 10:00"], "date:"),
        ("born", ["31/01/1980", "01.02.1990"], "date:dmy"),
        ("born", ["01/31/1980", "02/01/1990"], "date:mdy"),
        ("born", ["01/02/1980"], "date:dmy"),
        ("news", ["yes", "NO", "Oui"], "yes_no:"),
        ("children", ["0", "1"], "number:"),
        ("city", ["Paris", "São Paulo"], "text:"),
        ("nothing", ["", "  "], "text:"),
        ("first_name", ["Zoë", "Jean-Luc", "Anna Maria"], "name:"),
        ("Nom", ["Dupont", "O'Brien"], "name:"),
        ("lastName", ["Müller", "de la Cruz"], "name:"),
        ("company name", ["Acme", "Initech"], "text:"),
        ("name", ["ana_80", "zoe99"], "text:"),
        ("where", ["France", "Deutschland", "España", "Royaume-Uni", "USA"], "country:"),
        ("where", ["France", "France"], "text:"),
        ("first_name", ["Chad", "Georgia", "Zoë", "Ana"], "name:"),
        ("Pays", ["FR", "de"], "country:"),
        ("country_code", ["FRA", "DEU"], "country:"),
        ("state", ["CA", "DE", "AL"], "text:"),
        ("language", ["fr", "es"], "text:"),
        ("opt_in", ["1", "0"], "consent:"),
        ("Newsletter", ["yes", "no"], "consent:"),
        ("emailOptIn", ["true"], "consent:"),
        ("RGPD", ["oui", "non"], "consent:"),
        ("opt_out", ["yes", "no"], "yes_no:"),
        ("newsletter", ["weekly", "daily"], "text:"),
    ],
)
def test_a_meaning_is_guessed(name: str, values: list[str], meaning: str) -> None:
    column = guess_column(name, values)

    assert f"{column['type']}:{column['format']}" == meaning


def key_of(rows: list[dict[str, str]]) -> str:
    return make_source(rows).key_column


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([{"name": "x", "customer_id": "1"}, {"name": "y", "customer_id": "2"}], "customer_id"),
        ([{"name": "x", "email": "a@x.org"}, {"name": "y", "email": "b@x.org"}], "email"),
        ([{"id": "1", "name": "x"}, {"id": "1", "name": "y"}], "name"),
        ([{"id": "1", "name": "x"}, {"id": "", "name": "x"}], ""),
    ],
)
def test_the_key_is_never_empty_and_never_twice(rows: list[dict[str, str]], key: str) -> None:
    assert key_of(rows) == key
