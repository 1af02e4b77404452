"""What bulk import does with contacts, and with requests it does not like."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from connections.activecampaign.answers import Accepted, ImportResult
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.sandbox import Sandbox
from connections.activecampaign.sandbox.imports import import_info
from tests.activecampaign.conftest import Connect
from tests.activecampaign.contacts import Contact, encode_batch
from tests.waiting import eventually

NOT_VALID = (
    "JSON payload did not pass validation. Please fix failure Reasons and retry."
    " The import was not queued for processing."
)


def post(sandbox: Sandbox, payload: Any) -> requests.Response:
    """Send a bulk import as anybody's program would."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return requests.post(
        f"{sandbox.url}/api/3/import/bulk_import",
        data=body,
        headers={"Api-Token": sandbox.key},
        timeout=10,
    )


def import_all(sandbox: Sandbox, *contacts: dict[str, Any], **more: Any) -> str:
    """Import contacts, and return the batch ID."""
    answer = post(sandbox, {"contacts": contacts, **more})
    assert answer.status_code == 200, answer.text
    sandbox.wait_until_imported()
    return str(answer.json()["batchId"])


def test_an_import_is_queued_with_the_words_of_the_reference(sandbox: Sandbox) -> None:
    answer = post(sandbox, {"contacts": [{"email": "anna@example.com"}]})

    body = answer.json()
    assert body.pop("batchId")
    assert body == {"Success": 1, "queued_contacts": 1, "message": "Contact import queued"}


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ({}, "Field 'email' not found"),
        ({"email": ""}, "Field 'email' not found"),
        ({"email": "anna"}, "Field‘ email’ incorrect format"),
        ({"email": "anna@"}, "Field‘ email’ incorrect format"),
        ({"email": "anna@example"}, "Field‘ email’ incorrect format"),
        ({"email": "an na@example.com"}, "Field‘ email’ incorrect format"),
        ({"email": "anna@example..com"}, "Field‘ email’ incorrect format"),
        ({"email": 7}, "Field‘ email’ incorrect format"),
        ({"email": "a@example.com", "phone": 7}, "Field 'phone' incorrect format"),
        (
            {"email": "a@example.com", "subscribe": [{}]},
            "Field 'subscribe.listid' incorrect format",
        ),
        ({"email": "a@example.com", "subscribe": {}}, "Field 'subscribe' incorrect format"),
        (
            {"email": "a@example.com", "fields": [{"id": 1}]},
            "Field 'fields.value' incorrect format",
        ),
        ({"email": "a@example.com", "tags": "vip"}, "Field 'tags' incorrect format"),
        ("anna@example.com", "The contact is not an object"),
    ],
)
@pytest.mark.parametrize("numbering_from", [1, 0])
def test_one_bad_contact_sinks_the_batch_and_is_named_by_its_number(
    sandbox: Sandbox, contact: Any, reason: str, numbering_from: int
) -> None:
    sandbox.switches.numbering_from = numbering_from

    answer = post(sandbox, {"contacts": [{"email": "good@example.com"}, contact]})
    sandbox.wait_until_imported()

    assert answer.status_code == 400
    assert answer.json() == {
        "success": 0,
        "message": NOT_VALID,
        "failureReasons": [{"contact": 1 + numbering_from, "failureReason": reason}],
    }
    assert sandbox.contact("good@example.com") is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "The request is not valid JSON."),
        ([], "The request is not valid JSON."),
        ({}, "Field 'contacts' not found"),
        ({"contacts": []}, "Field 'contacts' not found"),
        (
            {"contacts": [{"email": f"a{i}@example.com"} for i in range(251)]},
            "Up to 250 contacts may be imported per request.",
        ),
        (b" " * 400_000, "The request must be smaller than 400000 bytes."),
        (
            {"contacts": [{"email": "a@example.com", "subscribe": [{"listid": 5}]}]},
            "List 5 does not exist.",
        ),
        (
            {"contacts": [{"email": "a@example.com", "fields": [{"id": 5, "value": "x"}]}]},
            "Field 5 does not exist.",
        ),
        (
            {"contacts": [{"email": "a@example.com"}], "callback": {"requestType": "GET"}},
            "Field 'callback.url' not found",
        ),
        (
            {"contacts": [{"email": "a@example.com"}], "callback": {"url": "http://x"}},
            "Field 'callback.requestType' must be GET or POST",
        ),
    ],
)
def test_a_bad_request_is_refused_in_words(sandbox: Sandbox, payload: Any, reason: str) -> None:
    answer = post(sandbox, payload)

    assert answer.status_code == 400
    assert answer.json() == {"success": 0, "message": NOT_VALID, "failureReasons": [reason]}


def test_one_byte_below_the_limit_is_taken(sandbox: Sandbox) -> None:
    payload = json.dumps({"contacts": [{"email": "anna@example.com"}]}).encode()

    assert post(sandbox, payload.ljust(399_999)).status_code == 200


def test_a_callback_is_taken_when_it_is_complete(sandbox: Sandbox) -> None:
    callback = {"url": "http://127.0.0.1/", "requestType": "POST", "detailed_results": "true"}

    import_all(sandbox, {"email": "anna@example.com"}, callback=callback)

    assert sandbox.contact("anna@example.com")


def test_list_ids_may_be_texts(sandbox: Sandbox) -> None:
    newsletter = sandbox.add_list("Newsletter")

    import_all(sandbox, {"email": "a@example.com", "subscribe": [{"listid": str(newsletter)}]})

    assert sandbox.contacts_on(newsletter)


def test_keys_in_the_wrong_case_are_silently_ignored(sandbox: Sandbox) -> None:
    import_all(sandbox, {"email": "anna@example.com", "firstName": "Anna", "last_name": "Ünal"})

    stored = sandbox.contact("anna@example.com")
    assert stored
    assert (stored["first_name"], stored["last_name"]) == ("", "Ünal")


def test_what_is_left_out_is_preserved_and_only_new_contacts_are_listed(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    import_all(sandbox, {"email": "anna@example.com", "first_name": "Anna", "phone": "1"})

    again = import_all(sandbox, {"email": "ANNA@example.com", "phone": "2"})

    stored = sandbox.contact("anna@example.com")
    assert stored
    assert (stored["first_name"], stored["phone"]) == ("Anna", "2")
    assert client.import_result(again) == ImportResult("completed")
    sandbox.switches.updated_in_success = True
    third = import_all(sandbox, {"email": "anna@example.com", "phone": "3"})
    assert client.import_result(third) == ImportResult("completed", (str(stored["id"]),))


@pytest.mark.parametrize(("blank_overwrites", "left"), [(True, ""), (False, "Anna")])
def test_whether_blanks_overwrite_is_a_switch(
    sandbox: Sandbox, blank_overwrites: bool, left: str
) -> None:
    sandbox.switches.blank_overwrites = blank_overwrites
    note = sandbox.add_field("Note")
    field = {"id": note, "value": "Anna"}
    import_all(sandbox, {"email": "a@example.com", "first_name": "Anna", "fields": [field]})

    import_all(
        sandbox,
        {"email": "a@example.com", "first_name": "", "fields": [{"id": note, "value": ""}]},
    )

    stored = sandbox.contact("a@example.com")
    assert stored
    assert stored["first_name"] == left
    assert stored["fields"] == {note: left}


def test_one_address_twice_becomes_one_contact(sandbox: Sandbox) -> None:
    newsletter = sandbox.add_list("Newsletter")
    twice = [
        {"email": email, "first_name": name, "subscribe": [{"listid": newsletter}]}
        for email, name in (("anna@example.com", "First"), ("Anna@Example.com", "Second"))
    ]

    import_all(sandbox, *twice)

    assert [one["first_name"] for one in sandbox.contacts_on(newsletter).values()] == ["Second"]


def test_who_unsubscribed_or_bounced_stays_out_silently(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    for name in ("gone", "bounced", "here"):
        sandbox.add_contact(f"{name}@example.com", lists=[newsletter])
    sandbox.unsubscribe("gone@example.com", newsletter)
    sandbox.bounce("bounced@example.com")
    sandbox.exclude("excluded@example.com")
    names = ("gone", "bounced", "excluded", "here", "new")
    contacts = [
        {"email": f"{name}@example.com", "subscribe": [{"listid": newsletter}]} for name in names
    ]

    batch = import_all(sandbox, *contacts)

    assert sandbox.contacts_on(newsletter).keys() == {"here@example.com", "new@example.com"}
    assert client.import_result(batch).failed == ()
    sandbox.switches.skipped_in_failure = True
    loud = import_all(sandbox, *contacts)
    assert sorted(client.import_result(loud).failed) == [
        "bounced@example.com",
        "excluded@example.com",
        "gone@example.com",
    ]


def test_unsubscribing_by_import_cannot_be_undone_by_import(sandbox: Sandbox) -> None:
    newsletter = sandbox.add_list("Newsletter")
    entry = [{"listid": newsletter}]
    import_all(sandbox, {"email": "anna@example.com", "subscribe": entry})

    import_all(sandbox, {"email": "anna@example.com", "unsubscribe": entry})
    import_all(sandbox, {"email": "anna@example.com", "subscribe": entry})

    assert sandbox.contacts_on(newsletter) == {}
    assert sandbox.contacts_on(newsletter, status=2).keys() == {"anna@example.com"}


def test_contacts_over_the_accounts_limit_are_skipped(sandbox: Sandbox) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.switches.contact_limit = 3
    removed = sandbox.add_contact("removed@example.com")
    sandbox.account.store.run("DELETE FROM contacts WHERE id = ?", removed)
    sandbox.add_contact("known@example.com")
    contacts = [
        {"email": f"{name}@example.com", "subscribe": [{"listid": newsletter}]}
        for name in ("one", "two", "three", "known")
    ]

    import_all(sandbox, *contacts)

    assert sandbox.contacts_on(newsletter).keys() == {
        "one@example.com",
        "two@example.com",
        "known@example.com",
    }


def test_tags_are_added_and_never_removed(sandbox: Sandbox) -> None:
    import_all(sandbox, {"email": "anna@example.com", "tags": ["vip", "new"]})
    import_all(sandbox, {"email": "anna@example.com", "tags": []})

    stored = sandbox.contact("anna@example.com")
    assert stored
    assert stored["tags"] == ["new", "vip"]


@pytest.mark.parametrize(
    ("at_the_top", "in_the_contact", "automations"),
    [(None, None, 1), (True, None, 0), (None, True, 0), (False, None, 1)],
)
def test_automations_run_unless_excluded_at_the_top_or_in_the_contact(
    sandbox: Sandbox, at_the_top: bool | None, in_the_contact: bool | None, automations: int
) -> None:
    def choice(value: bool | None) -> dict[str, bool]:
        return {} if value is None else {"exclude_automations": value}

    import_all(
        sandbox, {"email": "anna@example.com", **choice(in_the_contact)}, **choice(at_the_top)
    )

    stored = sandbox.contact("anna@example.com")
    assert stored
    assert stored["automations"] == sandbox.automations() == automations


def test_a_result_goes_from_false_over_waiting_to_active(
    make_sandbox: Callable[..., Sandbox],
) -> None:
    sandbox = make_sandbox(processing_seconds=600.0, false_seconds=1.0)
    batch = post(sandbox, {"contacts": [{"email": "anna@example.com"}]}).json()["batchId"]
    row = sandbox.account.store.one("SELECT received_at, ready_at FROM imports")
    assert row
    received, lasts = row["received_at"], row["ready_at"] - row["received_at"]

    def state_after(seconds: float) -> Any:
        answer = import_info(sandbox.account, batch, received + seconds)
        return answer and answer["status"]

    assert [state_after(0.9), *(state_after(lasts * part) for part in (0.1, 0.5, 0.9))] == [
        False,
        "waiting",
        "claimed",
        "active",
    ]


def test_a_result_may_be_forgotten(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    batch = import_all(sandbox, {"email": "anna@example.com"})
    assert client.import_result(batch).state == "completed"

    sandbox.switches.results_kept_seconds = 0.0

    eventually(lambda: client.import_result(batch) == ImportResult("pending"))


def test_batches_overtake_each_other(sandbox: Sandbox) -> None:
    sandbox.switches.processing_seconds = 0.2
    for number in range(30):
        post(sandbox, {"contacts": [{"email": f"c{number}@example.com"}]})

    sandbox.wait_until_imported()

    ids = sandbox.account.store.all("SELECT address FROM contacts ORDER BY id")
    arrived = [row["address"] for row in ids]
    assert len(arrived) == 30
    assert arrived != [f"c{number}@example.com" for number in range(30)]


def test_some_contacts_fail_always_the_same_ones(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.faults.add("fail_contacts", share=0.2, addresses=("C5@example.com",))
    batch = [Contact(f"c{number}@example.com") for number in range(200)]

    failures = []
    for _ in range(2):
        answer = client.send(encode_batch(batch, list_id=newsletter, automations=False))
        sandbox.wait_until_imported()
        assert isinstance(answer, Accepted)
        failures.append(set(client.import_result(answer.batch_id).failed))

    assert failures[0] == failures[1]
    assert "c5@example.com" in failures[0]
    assert 10 < len(failures[0]) < 90
    expected = {contact.email for contact in batch} - failures[0]
    assert sandbox.contacts_on(newsletter).keys() == expected


@pytest.mark.parametrize(
    ("fault", "state", "imported"),
    [("import_failed", "failed", 0), ("import_interrupted", "interrupted", 5)],
)
def test_an_import_may_break_once(
    sandbox: Sandbox, client: ActiveCampaignClient, fault: str, state: str, imported: int
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.faults.add(fault, times=1)
    batch = [Contact(f"c{number}@example.com") for number in range(10)]
    body = encode_batch(batch, list_id=newsletter, automations=False)

    broken = client.send(body)
    sandbox.wait_until_imported()

    assert isinstance(broken, Accepted)
    assert client.import_result(broken.batch_id).state == state
    assert sandbox.count_on(newsletter) == imported
    again = client.send(body)
    sandbox.wait_until_imported()
    assert isinstance(again, Accepted)
    assert client.import_result(again.batch_id).state == "completed"
    assert sandbox.count_on(newsletter) == 10


@pytest.mark.parametrize(("success_key", "offset"), [("success", 0), ("Success", 3)])
def test_the_success_answer_has_its_variants(
    sandbox: Sandbox, client: ActiveCampaignClient, success_key: str, offset: int
) -> None:
    sandbox.switches.change({"success_key": success_key, "queued_offset": offset})
    newsletter = sandbox.add_list("Newsletter")
    body = encode_batch([Contact("a@example.com")], list_id=newsletter, automations=False)

    answer = client.send(body)

    assert isinstance(answer, Accepted)
    assert answer.queued == 1 + offset


def test_waiting_imports_survive_a_restart(
    make_sandbox: Callable[..., Sandbox], connect: Connect, tmp_path: Path
) -> None:
    data = tmp_path / "sandbox.sqlite"
    with Sandbox(data=data, limits=False, processing_seconds=600.0) as first:
        newsletter = first.add_list("Newsletter")
        body = encode_batch([Contact("a@example.com")], list_id=newsletter, automations=False)
        answer = connect(first).send(body)
        assert isinstance(answer, Accepted)
        first.account.store.run("UPDATE imports SET ready_at = 0")

    second = make_sandbox(data=data)
    second.wait_until_imported()

    assert second.ensure_list("Newsletter") == newsletter
    assert second.contacts_on(newsletter).keys() == {"a@example.com"}
    assert connect(second).import_result(answer.batch_id).state == "completed"


def test_an_import_into_a_list_that_is_gone_reaches_the_account_only(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    sandbox.switches.processing_seconds = 600.0
    client.send(encode_batch([Contact("a@example.com")], list_id=newsletter, automations=False))
    sandbox.remove_list(newsletter)
    sandbox.account.store.run("UPDATE imports SET ready_at = 0")

    sandbox.wait_until_imported()

    assert sandbox.contact("a@example.com")["lists"] == {}
