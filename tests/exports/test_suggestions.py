"""What data matching suggests when it is opened for the first time."""

from dataclasses import dataclass

import pytest

from exports.mapping import Mapping
from exports.suggestions import fold, suggest_mapping


@dataclass(frozen=True)
class Field:
    id: int
    title: str
    tag: str = ""
    type: str = "text"


def suggested(types, fields=()):
    return {row.target: row.column for row in suggest_mapping(types, fields)}


@pytest.mark.parametrize(
    "columns",
    [
        ["E-mail", "First Name", "Last_name", "Phone number", "Company"],
        ["Courriel", "Prénom", "NOM", "Téléphone portable", "Société"],
        ["E-Mail-Adresse", "Vorname", "Nachname", "Handynummer", "Firma"],
        ["Correo electrónico", "Nombre", "Apellidos", "Móvil", "Empresa"],
        [
            "customer_email",
            "customer_first_name",
            "customer surname",
            "contact phone",
            "client company",
        ],
    ],
)
def test_names_in_four_languages_are_recognised(columns):
    types = dict.fromkeys(columns, "text")

    assert list(suggested(types).values()) == columns


def test_an_address_is_known_by_its_look_whatever_its_column_is_called():
    assert suggested({"email": "text", "reach": "email"}) == {"email": "reach"}


def test_the_column_called_email_wins_over_other_addresses():
    assert suggested({"backup": "email", "email": "email"})["email"] == "email"


def test_a_fax_is_not_taken_for_the_phone_when_there_is_one():
    assert suggested({"fax": "phone", "tel": "text"}) == {"phone": "tel"}


def test_numbers_and_dates_are_no_names():
    assert suggested({"nombre": "number", "company": "date", "tel": "yes_no"}) == {}


def test_custom_fields_are_matched_by_title_or_tag_with_their_type():
    fields = [Field(7, "Birthday", "BDAY", "date"), Field(8, "Loyalty tier", "LOYALTY_TIER")]

    rows = suggest_mapping({"mail": "email", "bday": "date", "loyalty-tier": "text"}, fields)

    assert [(row.column, row.target, row.type, row.title) for row in rows] == [
        ("mail", "email", "", ""),
        ("bday", "field:7", "date", "Birthday"),
        ("loyalty-tier", "field:8", "text", "Loyalty tier"),
    ]


def test_a_column_is_suggested_once():
    rows = suggest_mapping({"company": "text"}, [Field(1, "Company")])

    assert [row.target for row in rows] == ["account_name"]


def test_a_field_without_a_tag_does_not_match_a_nameless_column():
    assert suggested({"!!!": "text"}, [Field(1, "???", "")]) == {}


def test_suggestions_make_a_valid_mapping():
    rows = suggest_mapping({"mail": "email", "tel": "phone"}, [])

    Mapping(tuple(rows)).validate()


def test_folding_takes_away_case_accents_and_punctuation():
    assert fold("  N° de_Téléphone ") == "ndetelephone"
    assert fold("ﬁrst Straße") == "firststrasse"


def test_names_of_people_suit_the_fields_they_are_called_like():
    types = {"Prénom": "name", "Nom": "name", "Parrain": "name"}

    assert suggested(types) == {"first_name": "Prénom", "last_name": "Nom"}


def test_consent_is_never_suggested():
    types = {"email": "email", "Newsletter": "consent"}

    assert suggested(types, [Field(7, "Newsletter")]) == {"email": "email"}
