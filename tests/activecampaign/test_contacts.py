"""What a batch looks like on the wire, and what custom fields are given."""

from __future__ import annotations

import json

import pytest

from connections.activecampaign.contacts import (
    MAX_BYTES,
    Contact,
    ValueFormatError,
    encode_batch,
    field_value,
)


def test_a_batch_says_everything_in_snake_case_and_integers() -> None:
    anna = Contact("anna@example.com", "Anna", "Ünal", "+49 1", "Käse", ((7, "Gold"),))

    body = json.loads(encode_batch([anna], list_id=3, automations=False))

    assert body == {
        "contacts": [
            {
                "email": "anna@example.com",
                "first_name": "Anna",
                "last_name": "Ünal",
                "phone": "+49 1",
                "customer_acct_name": "Käse",
                "fields": [{"id": 7, "value": "Gold"}],
                "subscribe": [{"listid": 3}],
            }
        ],
        "exclude_automations": True,
    }


def test_blank_values_are_left_out() -> None:
    bare = Contact("anna@example.com", fields=((7, ""),))

    body = json.loads(encode_batch([bare], list_id=3, automations=True))

    assert body["contacts"] == [{"email": "anna@example.com", "subscribe": [{"listid": 3}]}]


def test_every_batch_states_its_choice_of_automations() -> None:
    with_them = json.loads(encode_batch([], list_id=3, automations=True))
    without = json.loads(encode_batch([], list_id=3, automations=False))

    assert with_them["exclude_automations"] is False
    assert without["exclude_automations"] is True


def test_a_full_batch_of_ordinary_contacts_stays_below_the_size_limit() -> None:
    contact = Contact("a" * 60 + "@example.com", "B" * 60, "C" * 60, "0" * 20, "D" * 100)

    body = encode_batch([contact] * 250, list_id=3, automations=False)

    assert len(body) < MAX_BYTES


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("text", "  Gold ", "Gold"),
        ("text", 7, "7"),
        ("text", None, ""),
        ("date", "", ""),
        ("date", "   ", ""),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2024-02-29 23:59:58", "2024-02-29"),
        ("date", "2024-02-29T23:59:58+05:00", "2024-02-29"),
        ("datetime", "2024-02-29", "2024-02-29T00:00:00"),
        ("datetime", "2024-02-29 23:59:58", "2024-02-29T23:59:58"),
        ("datetime", "2024-02-29T23:59:58.123-05:00", "2024-02-29T23:59:58-05:00"),
        ("datetime", "2024-02-29T23:59:58Z", "2024-02-29T23:59:58+00:00"),
        ("listbox", "red", "||red||"),
        ("listbox", "red; green;", "||red||green||"),
        ("checkbox", "red|green", "||red||green||"),
        ("checkbox", "||red||green||", "||red||green||"),
        ("checkbox", " ; | ", ""),
        ("dropdown", "red;green", "red;green"),
        ("radio", "red", "red"),
        ("hidden", "x|y", "x|y"),
        ("textarea", "two\nlines", "two\nlines"),
    ],
)
def test_values_become_what_their_field_takes(type: str, raw: object, value: str) -> None:
    assert field_value(type, raw) == value


@pytest.mark.parametrize("raw", ["29/02/2024", "0000-00-00", "2023-02-29", "soon", "1709164800"])
@pytest.mark.parametrize("type", ["date", "datetime"])
def test_what_is_no_date_is_refused(type: str, raw: str) -> None:
    with pytest.raises(ValueFormatError) as caught:
        field_value(type, raw)

    assert caught.value.code == f"bad_{type}"
