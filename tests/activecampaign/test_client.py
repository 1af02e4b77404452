"""The client and the sandbox get along: every question, answered as the fact sheet says."""

from __future__ import annotations

from connections.activecampaign.answers import (
    Accepted,
    Account,
    Contact,
    ContactList,
    Field,
    ImportResult,
    Membership,
    Queue,
    Refusal,
    Refused,
    User,
)
from connections.activecampaign.client import ActiveCampaignClient
from connections.activecampaign.sandbox import Sandbox
from tests.activecampaign.contacts import Contact as Outgoing
from tests.activecampaign.contacts import encode_batch


def test_me_says_whose_key_it_is(client: ActiveCampaignClient) -> None:
    assert client.me() == User(id=1, email="user1@example.com", name="Sandbox User 1")


def test_the_steps_before_the_key_pass_for_a_sandbox(client: ActiveCampaignClient) -> None:
    assert client.resolve() == ["127.0.0.1"]
    client.check_tls()


def test_the_account_tells_its_contact_limit(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    sandbox.switches.contact_limit = 500
    sandbox.add_contact("anna@example.com")

    assert client.account() == Account("sandbox.activehosted.com", 500, 1)


def test_lists_are_read_to_the_last_page(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    ids = [sandbox.add_list(f"List {number}") for number in range(250)]

    found = client.lists()

    assert [one.id for one in found] == ids
    assert sandbox.log.count("GET /lists") == 3


def test_one_list_is_found_by_its_id(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    newsletter = sandbox.add_list("Newsletter")

    assert client.list(newsletter) == ContactList(newsletter, "Newsletter")


def test_fields_come_with_the_values_they_offer(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    tier = sandbox.add_field("Loyalty tier", "dropdown", ["Gold", "Silver"])
    note = sandbox.add_field("Note")

    assert client.fields() == [
        Field(tier, "Loyalty tier", "dropdown", "LOYALTY_TIER", ("Gold", "Silver")),
        Field(note, "Note", "text", "NOTE", ()),
    ]


def test_what_is_sent_arrives_on_the_list(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    newsletter = sandbox.add_list("Newsletter")
    tier = sandbox.add_field("Tier")
    zoe = Outgoing("Zoë.Ünal@example.com", "Zoë", "Ünal", "+49 1", "Käse & Co", ((tier, "Gold"),))

    answer = client.send(encode_batch([zoe], list_id=newsletter, automations=False))
    sandbox.wait_until_imported()

    assert isinstance(answer, Accepted)
    assert answer.queued == 1
    assert client.import_result(answer.batch_id) == ImportResult("completed", ("1",))
    stored = sandbox.contacts_on(newsletter)["zoë.ünal@example.com"]
    assert stored["first_name"] == "Zoë"
    assert stored["last_name"] == "Ünal"
    assert stored["phone"] == "+49 1"
    assert stored["account_name"] == "Käse & Co"
    assert stored["fields"] == {tier: "Gold"}
    assert stored["automations"] == 0


def test_a_batch_with_bad_contacts_is_refused_as_a_whole(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    batch = [Outgoing("anna@example.com"), Outgoing("not an address")]

    answer = client.send(encode_batch(batch, list_id=newsletter, automations=False))
    sandbox.wait_until_imported()

    assert isinstance(answer, Refused)
    assert answer.reasons == (Refusal(2, "Field‘ email’ incorrect format"),)
    assert "did not pass validation" in answer.message
    assert sandbox.contacts_on(newsletter) == {}


def test_the_queue_adds_up_what_waits_and_what_is_done(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    pair = [Outgoing("anna@example.com"), Outgoing("ben@example.com")]
    client.send(encode_batch(pair, list_id=newsletter, automations=False))
    sandbox.wait_until_imported()
    sandbox.switches.processing_seconds = 600.0
    client.send(encode_batch(pair[:1], list_id=newsletter, automations=False))

    assert client.queue() == Queue(
        waiting_batches=1, waiting_contacts=1, completed_batches=1, completed_contacts=2
    )


def test_contacts_are_walked_in_pages_and_told_by_their_standing(
    sandbox: Sandbox, client: ActiveCampaignClient
) -> None:
    newsletter = sandbox.add_list("Newsletter")
    for number in range(201):
        sandbox.add_contact(f"c{number}@example.com", lists=[newsletter])
    sandbox.unsubscribe("c7@example.com", newsletter)

    active = list(client.contacts(list_id=newsletter, status=1))

    assert len(active) == 200
    assert "c7@example.com" not in {contact.email for contact in active}
    gone = list(client.contacts(email="C7@example.com", list_id=newsletter, status=2))
    assert gone == [Contact(8, "c7@example.com", "", "", "")]
    assert client.contact_lists(8) == (Membership(newsletter, 2),)


def test_a_contact_can_be_deleted(sandbox: Sandbox, client: ActiveCampaignClient) -> None:
    anna = sandbox.add_contact("anna@example.com")

    client.delete_contact(anna)

    assert sandbox.contact("anna@example.com") is None
