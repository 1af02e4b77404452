"""The sandbox's other endpoints: what they answer, to the letter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.sandbox import Sandbox
from tests.activecampaign.conftest import Connect

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call(sandbox: Sandbox) -> Call:
    """Return a function that asks the API and returns status and JSON."""

    def ask(method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        answer = requests.request(
            method,
            f"{sandbox.url}/api/3{path}",
            json=body,
            params=params,
            headers={"Api-Token": sandbox.key},
            timeout=10,
        )
        return answer.status_code, answer.json()

    return ask


def test_ids_and_totals_are_texts(sandbox: Sandbox, call: Call) -> None:
    sandbox.add_list("Newsletter")

    _, body = call("GET", "/lists")

    assert body["lists"][0]["id"] == "1"
    assert body["meta"] == {"total": "1"}
    sandbox.switches.totals_as_numbers = True
    assert call("GET", "/lists")[1]["meta"] == {"total": 1}


def test_slashes_are_escaped(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.url}/api/3/users/me", headers={"Api-Token": sandbox.key}, timeout=10
    )

    assert r"https:\/\/sandbox.activehosted.com\/api\/3\/users\/1\/lists" in answer.text


def test_a_page_has_twenty_items_unless_asked_and_a_hundred_at_most(
    sandbox: Sandbox, call: Call
) -> None:
    for number in range(130):
        sandbox.add_list(f"List {number}")

    assert len(call("GET", "/lists")[1]["lists"]) == 20
    assert len(call("GET", "/lists", limit=500)[1]["lists"]) == 100
    assert len(call("GET", "/lists", limit=100, offset=100)[1]["lists"]) == 30


def test_lists_are_found_and_ordered_by_name(sandbox: Sandbox, call: Call) -> None:
    for name in ("Beta", "Alpha", "Alphabet"):
        sandbox.add_list(name)

    def names(**params: str) -> list[str]:
        return [one["name"] for one in call("GET", "/lists", **params)[1]["lists"]]

    assert names(**{"filters[name]": "Alpha"}) == ["Alpha"]
    assert names(**{"filters[name][contains]": "ALPHA"}) == ["Alpha", "Alphabet"]
    assert names(**{"filters[name][neq]": "Beta", "orders[name]": "DESC"}) == ["Alphabet", "Alpha"]


def test_a_new_list_is_seen_after_it_was_shown_to_the_group(call: Call) -> None:
    given = {"name": "New", "stringid": "new", "sender_url": "http://x", "sender_reminder": "Hi"}

    status, body = call("POST", "/lists", {"list": given})
    number = body["list"]["id"]

    assert status == 201
    assert call("GET", f"/lists/{number}")[0] == 403
    assert call("POST", "/listGroups", {"listGroup": {"listid": 99, "groupid": 1}})[0] == 403
    assert call("POST", "/listGroups", {"listGroup": {"listid": number, "groupid": 1}})[0] == 201
    assert call("GET", f"/lists/{number}")[1]["list"]["name"] == "New"
    assert call("POST", "/lists", {"list": {"name": "No more"}})[0] == 422


def test_fields_are_found_by_their_tag(sandbox: Sandbox, call: Call) -> None:
    sandbox.add_field("Note")
    tier = sandbox.add_field("Loyalty tier", "dropdown", ["Gold"])

    _, body = call("GET", "/fields", **{"filters[perstag]": "LOYALTY_TIER"})

    assert [field["id"] for field in body["fields"]] == [str(tier)]
    assert body["fieldOptions"][0]["value"] == "Gold"
    with pytest.raises(ValueError, match="no field type"):
        sandbox.add_field("Odd", "colour")


def test_sync_creates_then_updates_and_keeps_what_is_left_out(sandbox: Sandbox, call: Call) -> None:
    note = sandbox.add_field("Note")
    values = [{"field": str(note), "value": "Hello"}]
    anna = {"email": "anna@example.com", "firstName": "Anna", "phone": "1", "fieldValues": values}

    created = call("POST", "/contact/sync", {"contact": anna})
    updated = call(
        "POST",
        "/contact/sync",
        {"contact": {"email": "ANNA@example.com", "phone": "2", "first_name": "wrong case"}},
    )

    assert (created[0], updated[0]) == (201, 200)
    assert created[1]["fieldValues"][0]["value"] == "Hello"
    stored = sandbox.contact("anna@example.com")
    assert stored
    assert (stored["first_name"], stored["phone"]) == ("Anna", "2")
    assert stored["fields"] == {note: "Hello"}
    assert stored["lists"] == {}


def test_sync_needs_a_valid_address(call: Call) -> None:
    assert call("POST", "/contact/sync", {"contact": {}}) == (
        400,
        {
            "errors": [
                {
                    "status": 400,
                    "title": "Bad Request",
                    "detail": "Contact email must be provided for sync",
                }
            ]
        },
    )
    status, body = call("POST", "/contact/sync", {"contact": {"email": "anna"}})
    assert status == 422
    assert body["errors"][0]["code"] == "email_invalid"
    assert call("POST", "/contacts/sync", {"contact": {"email": "anna@example.com"}})[0] == 404


def test_a_contact_is_created_once_changed_and_deleted(sandbox: Sandbox, call: Call) -> None:
    anna = {"contact": {"email": "anna@example.com", "firstName": "Anna"}}

    status, body = call("POST", "/contacts", anna)
    number = body["contact"]["id"]

    assert status == 201
    assert call("POST", "/contacts", anna) == (
        422,
        {
            "errors": [
                {
                    "title": "Email address already exists in the system",
                    "detail": "",
                    "code": "duplicate",
                    "source": {"pointer": "/data/attributes/email"},
                }
            ]
        },
    )
    assert call("POST", "/contacts", {"contact": {"email": 7}})[0] == 422
    change = {"contact": {"email": "anne@example.com"}}
    assert call("PUT", f"/contacts/{number}", change)[1]["contact"]["email"] == "anne@example.com"
    assert call("PUT", f"/contacts/{number}", {"contact": {"email": "anne"}})[0] == 422
    assert call("GET", f"/contacts/{number}")[1]["contact"]["firstName"] == "Anna"
    assert call("DELETE", f"/contacts/{number}") == (200, {})
    assert call("DELETE", f"/contacts/{number}") == (
        404,
        {"message": f"No result found for contact with id {number}"},
    )
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/contactLists")):
        assert call(method, f"/contacts/{number}{path}", {}) == (
            404,
            {"message": f"No Result found for Subscriber with id {number}"},
        )


def test_contacts_are_found_by_all_that_the_reference_names(sandbox: Sandbox, call: Call) -> None:
    one, two = sandbox.add_list("One"), sandbox.add_list("Two")
    anna = sandbox.add_contact("anna@example.com", lists=[one, two], last_name="Ünal")
    ben = sandbox.add_contact("ben@example.org", lists=[one])
    sandbox.unsubscribe("ben@example.org", one)
    tag = call("POST", "/tags", {"tag": {"tag": "vip"}})[1]["tag"]["id"]
    call("POST", "/contactTags", {"contactTag": {"contact": ben, "tag": tag}})

    def found(**params: Any) -> list[int]:
        return [int(contact["id"]) for contact in call("GET", "/contacts", **params)[1]["contacts"]]

    assert found() == [anna, ben]
    assert found(email="ANNA@example.com") == [anna]
    assert found(email_like="example.org") == [ben]
    assert found(search="ünal") == [anna]
    assert found(listid=one) == [anna, ben]
    assert found(listid=one, status=1) == [anna]
    assert found(listid=one, status=2) == [ben]
    assert found(listid=two, status=-1) == [anna]
    assert found(status=2) == [ben]
    assert found(tagid=tag) == [ben]
    assert found(id_greater=anna, **{"orders[id]": "ASC"}) == [ben]
    assert found(**{"orders[id]": "DESC"}) == [ben, anna]
    assert found(limit=1, offset=1) == [ben]
    assert found(listid=one, email="nobody@example.com") == []


def test_a_page_of_contacts_tells_how_it_was_asked_for(sandbox: Sandbox, call: Call) -> None:
    sandbox.add_contact("anna@example.com")

    _, body = call("GET", "/contacts", limit=5)

    assert body["meta"] == {
        "total": "1",
        "page_input": {
            "listid": 0,
            "tagid": 0,
            "limit": 5,
            "offset": 0,
            "search": None,
            "status": -1,
        },
    }


def test_contact_lists_subscribes_even_who_opted_out(sandbox: Sandbox, call: Call) -> None:
    newsletter = sandbox.add_list("Newsletter")
    anna = sandbox.add_contact("anna@example.com", lists=[newsletter])
    sandbox.unsubscribe("anna@example.com", newsletter)
    wish = {"list": newsletter, "contact": anna, "status": 1}

    status, body = call("POST", "/contactLists", {"contactList": wish})

    assert (status, body["contactList"]["status"]) == (200, 1)
    assert sandbox.contacts_on(newsletter).keys() == {"anna@example.com"}
    for wrong, expected in (({"status": 4}, 422), ({"contact": 99}, 404), ({"list": 99}, 404)):
        assert call("POST", "/contactLists", {"contactList": wish | wrong})[0] == expected


def test_tags_are_attached_and_detached(sandbox: Sandbox, call: Call) -> None:
    anna = sandbox.add_contact("anna@example.com")
    given = {"tag": "vip", "tagType": "contact", "description": "Important"}

    status, body = call("POST", "/tags", {"tag": given})
    tag = body["tag"]["id"]
    pair = {"contact": anna, "tag": tag}
    attached = call("POST", "/contactTags", {"contactTag": pair})

    assert status == attached[0] == 201
    assert sandbox.contact("anna@example.com")["tags"] == ["vip"]  # type: ignore[index]
    assert call("POST", "/contactTags", {"contactTag": pair | {"contact": 99}}) == (
        404,
        {"errors": [{"status": 404, "title": "Not Found", "detail": "Contact not found"}]},
    )
    assert call("POST", "/contactTags", {"contactTag": {}})[0] == 422
    assert call("POST", "/tags", {"tag": {}})[0] == 422
    number = attached[1]["contactTag"]["id"]
    assert call("DELETE", f"/contactTags/{number}") == (200, {})
    assert call("DELETE", f"/contactTags/{number}")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nothing"), ("PUT", "/lists"), ("DELETE", "/lists/1"), ("GET", "/lists/x")],
)
def test_what_does_not_exist_is_not_found(call: Call, method: str, path: str) -> None:
    assert call(method, path) == (404, {"message": "Not Found"})


def test_an_account_that_has_not_paid_is_told_so(sandbox: Sandbox, call: Call) -> None:
    sandbox.switches.payment_due = True

    status, body = call("GET", "/users/me")

    assert status == 402
    assert "could not be processed due to account payment issues" in body["message"]


def test_a_revoked_key_is_let_in_no_longer(sandbox: Sandbox, call: Call) -> None:
    sandbox.revoke(sandbox.key)

    assert call("GET", "/users/me") == (403, {"message": "Forbidden"})


def test_many_threads_share_a_client_and_the_sandbox(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    ids = [sandbox.add_list(f"List {number}") for number in range(40)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: client.list(number).id, ids * 5))

    assert found == ids * 5
    assert sandbox.log.count("GET /lists/{id}", status=200) == 200
    assert sum(sandbox.log.by_minute().popitem()[1].values()) > 0
    assert sandbox.log.most_within(3600) == 200


def test_a_sandbox_may_be_slow_everywhere(
    make_sandbox: Callable[..., Sandbox], connect: Connect
) -> None:
    sandbox = make_sandbox(latency=0.01)

    assert connect(sandbox).me().id == 1
