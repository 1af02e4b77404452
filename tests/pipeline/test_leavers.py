"""People who leave the segments, and people who come back."""

import json

import pytest

from connections.activecampaign.answers import Status
from exports.models import Export, Run
from exports.pipeline.outcomes import find_person
from exports.pipeline.planned import open_plan_of
from tests.pipeline.conftest import accounted, people, step

KEEP, MARK, UNSUBSCRIBE = Export.Leavers.KEEP, Export.Leavers.MARK, Export.Leavers.UNSUBSCRIBE
P2 = "p2@example.test"


@pytest.fixture
def standing(sandbox):
    """Return the field in which the account is told who left."""
    return sandbox.add_field("Standing")


@pytest.fixture
def marking(delivery, standing):
    """An export of three people that marks who leaves and who comes back, run once."""
    export = delivery(
        people(3), leavers=MARK, leaver_field=standing, left_value="gone", back_value="here"
    )
    export.run()
    return export


def on_list(export, address):
    """Return how an address stands to the list: active, unsubscribed, …"""
    export.sandbox.wait_until_imported()
    return export.sandbox.contact(address)["lists"][export.list_id]


def test_who_left_is_counted_and_stays_on_the_list_unless_asked_otherwise(delivery):
    export = delivery(people(3))
    export.run()

    export.replace_people(people(2))
    run = export.run()

    assert (run.members, run.left, run.leavers, run.to_send) == (2, 1, 0, 0)
    assert run.status == Run.Status.SKIPPED
    assert on_list(export, P2) == Status.ACTIVE
    assert [person.outcome for person in find_person(run, P2)] == ["left_alone"]
    assert accounted(run)


def test_who_left_is_counted_once(delivery):
    export = delivery(people(3))
    export.run()
    export.replace_people(people(2))
    export.run()

    run = export.run()

    assert run.left == 0


def test_who_was_kept_and_comes_back_changed_is_sent_as_returned(delivery):
    export = delivery(people(3))
    export.run()
    export.replace_people(people(2))
    export.run()

    changed = [*people(2), {"email": P2, "first_name": "Renamed", "phone": "1"}]
    export.replace_people(changed)
    run = export.run()

    assert run.reasons == {"returned": 1}
    assert export.arrived()[P2]["first_name"] == "Renamed"


def test_who_left_is_unsubscribed_when_the_export_says_so(delivery):
    export = delivery(people(3), leavers=UNSUBSCRIBE)
    export.run()

    export.replace_people(
        [*people(2), {"email": "new@example.test", "first_name": "", "phone": ""}]
    )
    run = export.run()

    assert (run.left, run.leavers, run.accepted) == (1, 1, 2)
    assert run.reasons == {"new": 1, "left": 1}
    assert run.status == Run.Status.SUCCESSFUL
    assert on_list(export, P2) == Status.UNSUBSCRIBED
    assert on_list(export, "p1@example.test") == Status.ACTIVE
    assert accounted(run)


def test_only_who_leaves_from_now_on_is_unsubscribed(delivery):
    export = delivery(people(3))
    export.run()
    export.replace_people(people(2))
    export.run()

    Export.objects.update(leavers=UNSUBSCRIBE)
    export.replace_people(people(1))
    run = export.run()

    assert run.leavers == 1
    assert on_list(export, P2) == Status.ACTIVE
    assert on_list(export, "p1@example.test") == Status.UNSUBSCRIBED


def test_who_left_is_marked_and_nothing_else_of_theirs_is_touched(marking, standing):
    marking.replace_people(people(2))
    run = marking.run()

    with open_plan_of(run) as plan:
        leaving = json.loads(plan.contacts(0, 1)[0])
    marked = marking.arrived()[P2]
    assert leaving == {"email": P2, "fields": [{"id": standing, "value": "gone"}]}
    assert (marked["fields"], marked["first_name"]) == ({standing: "gone"}, "Person 2")


def test_who_was_marked_is_marked_once(marking):
    marking.replace_people(people(2))
    marking.run()

    run = marking.run()

    assert (run.left, run.to_send) == (0, 0)


def test_who_was_marked_and_comes_back_is_always_sent_with_the_other_mark(marking, standing):
    marking.replace_people(people(2))
    marking.run()

    marking.replace_people(people(3))
    run = marking.run()

    assert run.reasons == {"returned": 1}
    assert marking.arrived()[P2]["fields"] == {standing: "here"}
    assert marking.run().to_send == 0


def test_without_a_mark_for_who_comes_back_the_old_one_stays(marking, standing):
    marking.replace_people(people(2))
    marking.run()
    Export.objects.update(back_value="")

    marking.replace_people(people(3))
    run = marking.run()

    assert run.reasons == {"returned": 1}
    assert marking.arrived()[P2]["fields"] == {standing: "gone"}


def test_who_is_still_in_the_segments_but_can_not_be_sent_has_not_left(delivery):
    export = delivery(people(2), leavers=UNSUBSCRIBE)
    export.run()

    twice = [*people(2), {"email": "P1@example.test", "first_name": "Again", "phone": ""}]
    export.replace_people(twice)
    run = export.run()

    assert (run.left, run.rejected_before) == (0, 1)
    assert on_list(export, "p1@example.test") == Status.ACTIVE


def test_a_leaver_whom_activecampaign_refuses_stays_due(delivery):
    export = delivery(people(3), leavers=UNSUBSCRIBE)
    export.run()
    export.sandbox.faults.add("fail_contacts", addresses=(P2,))
    export.replace_people(people(2))

    refused = export.run()
    export.sandbox.faults.clear()
    again = export.run()

    assert (refused.leavers, refused.rejected_after) == (1, 1)
    assert accounted(refused)
    assert (again.leavers, again.accepted) == (1, 1)
    assert on_list(export, P2) == Status.UNSUBSCRIBED


def test_a_leaver_of_whom_nobody_knows_whether_it_arrived_is_sent_when_they_come_back(delivery):
    export = delivery(people(3), leavers=MARK, leaver_field=1, left_value="x", back_value="y")
    export.sandbox.add_field("Standing")
    export.run()
    export.replace_people(people(2))
    export.sandbox.faults.add("import_failed")
    lost = export.run()
    export.sandbox.faults.clear()

    export.replace_people(people(3))
    run = export.run()

    assert (lost.leavers, lost.unknown) == (1, 1)
    assert run.reasons == {"returned": 1}
    assert export.arrived()[P2]["fields"] == {1: "y"}


def test_who_was_never_taken_and_leaves_is_nobody_to_unsubscribe(delivery):
    export = delivery(people(3), leavers=UNSUBSCRIBE)
    export.sandbox.faults.add("fail_contacts", addresses=(P2,))
    export.run()

    export.replace_people(people(2))
    run = export.run()

    assert run.left == 0


def test_a_run_that_is_canceled_before_anything_arrived_forgets_nobody_who_left(
    delivery, administrator
):
    export = delivery(people(3), leavers=UNSUBSCRIBE)
    export.run()
    export.replace_people(people(2))
    export.sandbox.faults.add("unavailable", on="POST /import/bulk_import", first=1)
    canceled = export.start()
    step(canceled)
    Run.objects.filter(pk=canceled.pk).update(cancel_requested_by=administrator)
    export.finish(canceled)
    export.sandbox.faults.clear()

    run = export.run()

    assert canceled.not_attempted == 1
    assert run.leavers == 1


def test_the_first_delivery_starts_no_automations_whatever_the_export_says(delivery):
    export = delivery(people(3), automations=True)

    export.run()

    export.sandbox.wait_until_imported()
    assert export.sandbox.automations() == 0


def test_later_deliveries_start_automations_if_the_export_says_so(delivery):
    export = delivery(people(3), automations=True)
    export.run()

    export.replace_people(people(5))
    export.run()

    export.sandbox.wait_until_imported()
    assert export.sandbox.automations() == 2
