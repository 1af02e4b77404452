"""What a batch looks like on the wire."""

from __future__ import annotations

import json

from connections.activecampaign.contacts import MAX_BYTES
from tests.activecampaign.contacts import Contact, encode_batch


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


def test_some_leave_the_list_and_others_neither_join_nor_leave() -> None:
    leaver = Contact("ben@example.com", wish="unsubscribe")
    marked = Contact("cleo@example.com", fields=((7, "left"),), wish="")

    body = json.loads(encode_batch([leaver, marked], list_id=3, automations=False))

    assert body["contacts"] == [
        {"email": "ben@example.com", "unsubscribe": [{"listid": 3}]},
        {"email": "cleo@example.com", "fields": [{"id": 7, "value": "left"}]},
    ]


def test_every_batch_states_its_choice_of_automations() -> None:
    with_them = json.loads(encode_batch([], list_id=3, automations=True))
    without = json.loads(encode_batch([], list_id=3, automations=False))

    assert with_them["exclude_automations"] is False
    assert without["exclude_automations"] is True


def test_a_full_batch_of_ordinary_contacts_stays_below_the_size_limit() -> None:
    contact = Contact("a" * 60 + "@example.com", "B" * 60, "C" * 60, "0" * 20, "D" * 100)

    body = encode_batch([contact] * 250, list_id=3, automations=False)

    assert len(body) < MAX_BYTES
