"""Members that are not sent for their own sake: that is right, and no fault of the run."""

from collections import Counter

import pytest

from connections.activecampaign.answers import Status
from exports.models import Export, Run
from exports.pipeline.outcomes import find_person, held_rows
from exports.suppression import add_addresses, list_of_account, list_of_export
from tests.factories import NOW
from tests.pipeline.conftest import accounted, people

P1 = "p1@example.test"


def held(run):
    """Return how many are held back why."""
    return Counter(person.code for person in held_rows(run, limit=1000))


def standing(export, address):
    """Return how an address stands to the list; None when nothing is stored of it."""
    export.sandbox.wait_until_imported()
    contact = export.sandbox.contact(address)
    return contact and contact["lists"].get(export.list_id)


def agreeing(*consents):
    """Return people who agreed as the texts say."""
    return [
        {**person, "agreed": consent}
        for person, consent in zip(people(len(consents)), consents, strict=True)
    ]


def test_only_who_agreed_is_sent_and_a_blank_is_no_consent(delivery):
    members = agreeing("yes", " Oui", "1", "TRUE", "no", "", "  ", "perhaps")
    export = delivery(members, consent_column="agreed")

    run = export.run()

    assert set(export.arrived()) == {f"p{n}@example.test" for n in range(4)}
    assert held(run) == {"no_consent": 4}
    assert (run.members, run.accepted, run.held_back) == (8, 4, 4)
    assert run.status == Run.Status.SUCCESSFUL
    assert accounted(run)


def test_one_no_is_enough_when_two_members_have_the_same_address(delivery):
    members = agreeing("yes", "no")
    members[1]["email"] = "P0@example.test"
    export = delivery(members, consent_column="agreed")

    run = export.run()

    assert export.arrived() == {}
    assert held(run) == {"no_consent": 1}
    assert run.rejected_before == 1


def test_who_agrees_again_with_the_same_values_is_not_sent_again(delivery):
    export = delivery(agreeing("yes"), consent_column="agreed")
    export.run()
    export.replace_people(agreeing("no"))
    withdrawn = export.run()

    export.replace_people(agreeing("yes"))
    run = export.run()

    assert (withdrawn.held_back, withdrawn.left) == (1, 0)
    assert (run.unchanged, run.to_send) == (1, 0)


def test_a_consent_column_that_is_gone_stops_the_run_and_is_named(delivery):
    export = delivery(agreeing("yes"), consent_column="agreed")

    export.replace_people(people(1))
    run = export.run()

    assert run.status == Run.Status.FAILED
    assert (run.problem["code"], run.problem["column"]) == ("consent_column_gone", "agreed")


@pytest.mark.parametrize("whole_account", [True, False])
def test_who_is_on_a_suppression_list_is_never_sent(delivery, administrator, whole_account):
    export = delivery(people(3))
    chosen = (
        list_of_account(export.sandbox.host) if whole_account else list_of_export(export.export)
    )
    add_addresses(to=chosen, lines=[P1.upper()], user=administrator, now=NOW)

    run = export.run()

    assert held(run) == {"suppressed": 1}
    assert standing(export, P1) is None
    assert accounted(run)


def test_who_is_suppressed_and_leaves_is_not_sent_either(delivery, administrator):
    export = delivery(people(3), leavers=Export.Leavers.UNSUBSCRIBE)
    export.run()
    add_addresses(to=list_of_export(export.export), lines=[P1], user=administrator, now=NOW)
    export.replace_people(people(1))

    run = export.run()

    assert (run.left, run.leavers) == (2, 1)
    assert standing(export, P1) == Status.ACTIVE
    assert accounted(run)


def test_who_unsubscribed_or_bounced_is_held_back_and_stays_so(delivery):
    export = delivery(people(4))
    export.run()
    export.sandbox.unsubscribe(P1, export.list_id)
    export.sandbox.bounce("p2@example.test")

    export.replace_people([{**person, "phone": "changed"} for person in people(4)])
    run = export.run()

    assert held(run) == {"unsubscribed": 1, "bounced": 1}
    assert (run.accepted, run.status) == (2, Run.Status.SUCCESSFUL)
    assert standing(export, P1) == Status.UNSUBSCRIBED
    assert export.sandbox.contact(P1)["phone"] == "+33 1"
    assert [person.outcome for person in find_person(run, P1)] == ["held_back"]
    assert accounted(run)


def test_whom_facteur_unsubscribed_is_held_back_on_return_with_that_reason(delivery):
    export = delivery(people(3), leavers=Export.Leavers.UNSUBSCRIBE)
    export.run()
    export.replace_people([people(3)[0], people(3)[2]])
    export.run()

    export.replace_people(people(3))
    run = export.run()

    assert held(run) == {"left_before": 1}
    assert standing(export, P1) == Status.UNSUBSCRIBED


def test_whom_facteur_unsubscribed_and_who_subscribed_again_is_sent_as_returned(delivery):
    export = delivery(people(3), leavers=Export.Leavers.UNSUBSCRIBE)
    export.run()
    export.replace_people([people(3)[0], people(3)[2]])
    export.run()
    export.arrived()
    export.sandbox.subscribe_again(P1, export.list_id)

    export.replace_people(people(3))
    run = export.run()

    assert run.reasons == {"returned": 1}
    assert standing(export, P1) == Status.ACTIVE


def test_a_full_re_delivery_sends_everybody_but_those(delivery):
    export = delivery(people(4))
    export.run()
    export.sandbox.unsubscribe(P1, export.list_id)

    run = export.run(scope=Run.Scope.FULL)

    assert run.reasons == {"full": 3}
    assert held(run) == {"unsubscribed": 1}
    assert accounted(run)
